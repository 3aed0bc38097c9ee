{{- /* What the schema can't say in a sentence. */ -}}
{{- define "mdk-operator.checks" -}}
{{- with .Values.scope -}}
{{- if and (eq .mode "namespaces") (not .namespaces) }}
  {{- fail "scope.mode is \"namespaces\", but scope.namespaces is empty: name the namespaces whose sites are looked after." }}
{{- end }}
{{- if and (ne .mode "namespaces") .namespaces }}
  {{- fail (printf "scope.namespaces is given, but scope.mode is %q: set scope.mode to \"namespaces\", or empty the list." .mode) }}
{{- end }}
{{- range .namespaces }}
  {{- if not (regexMatch "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" .) }}
    {{- fail (printf "scope.namespaces has %q, which can't be the name of a namespace: use lower-case letters, digits and hyphens." .) }}
  {{- end }}
{{- end }}
{{- end }}
{{- range $name := list "image" "runtimeImage" }}
  {{- $digest := (index $.Values $name).digest }}
  {{- if and $digest (not (regexMatch "^sha256:[0-9a-f]{64}$" $digest)) }}
    {{- fail (printf "%s.digest is %q: give \"sha256:\" and the 64 hexadecimal digits that the registry shows." $name $digest) }}
  {{- end }}
{{- end }}
{{- $away := .Values.podDisruptionBudget.maxUnavailable | toString }}
{{- if not (regexMatch "^([0-9]+|[0-9]{1,2}%|100%)$" $away) }}
  {{- fail (printf "podDisruptionBudget.maxUnavailable is %q: give a number of replicas, or a share such as 50%%." $away) }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.enabled) }}
  {{- fail "metrics.serviceMonitor needs the Service of the metrics: set metrics.enabled to true." }}
{{- end }}
{{- range .Values.extraEnv }}
  {{- if has .name (list "MDK_RUNTIME_IMAGE" "MDK_LEADER_ELECTION" "MDK_NAMESPACES" "MDK_CLUSTER_DOMAIN" "MDK_PORT" "LOG_LEVEL" "POD_NAME" "POD_NAMESPACE" "KUBECONFIG" "MDK_CONTEXT") }}
    {{- fail (printf "extraEnv has %s, which the chart sets itself: use the value for it, such as runtimeImage, scope or logLevel." .name) }}
  {{- end }}
{{- end }}
{{- end }}

{{- /*
Objects have fixed names: the lease of an operator is that of its namespace, so there is one operator a namespace. Two
releases that would fight over sites meet at one name, and Helm refuses the second.
*/ -}}
{{- define "mdk-operator.name" -}}
mdk-operator
{{- end }}

{{- define "mdk-operator.selector" -}}
app.kubernetes.io/name: mdk
app.kubernetes.io/component: operator
{{- end }}

{{- define "mdk-operator.commonLabels" -}}
app.kubernetes.io/name: mdk
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "mdk-operator.labels" -}}
{{ include "mdk-operator.commonLabels" . }}
app.kubernetes.io/component: operator
{{- end }}

{{- /* Of an image's values and the chart's version: the name by which it is pulled. */ -}}
{{- define "mdk-operator.image" -}}
{{- with .image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.version }}{{ end }}
{{- end }}
{{- end }}

{{- /* The namespaces that are looked after, as {"names": […]}; none stands for all. */ -}}
{{- define "mdk-operator.namespaces" -}}
{{- if eq .Values.scope.mode "own" -}}
{{ dict "names" (list .Release.Namespace) | toJson }}
{{- else if eq .Values.scope.mode "namespaces" -}}
{{ dict "names" .Values.scope.namespaces | toJson }}
{{- else -}}
{{ dict "names" list | toJson }}
{{- end }}
{{- end }}

{{- define "mdk-site.name" -}}
{{ .Values.name | default .Release.Name }}
{{- end }}

{{- define "mdk-site.labels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

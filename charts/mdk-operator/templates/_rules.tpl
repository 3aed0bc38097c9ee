{{- /* Written by "npm run generate"; edit the source, not this file. */ -}}
{{- define "mdk-operator.rules.sites" -}}
- apiGroups:
    - ''
  resources:
    - configmaps
    - services
  verbs:
    - get
    - list
    - watch
    - create
    - patch
- apiGroups:
    - ''
  resources:
    - persistentvolumeclaims
    - secrets
  verbs:
    - get
    - list
    - watch
    - create
    - patch
    - delete
- apiGroups:
    - ''
  resources:
    - pods
  verbs:
    - list
    - watch
    - patch
- apiGroups:
    - apps
  resources:
    - deployments
  verbs:
    - get
    - list
    - watch
    - create
    - patch
    - delete
- apiGroups:
    - apps
  resources:
    - statefulsets
  verbs:
    - get
    - list
    - watch
    - create
    - patch
- apiGroups:
    - events.k8s.io
  resources:
    - events
  verbs:
    - create
    - patch
- apiGroups:
    - mdk.io
  resources:
    - mdkracks
  verbs:
    - list
    - watch
- apiGroups:
    - mdk.io
  resources:
    - mdkracks/status
    - mdksites/status
    - mdkworkers/status
  verbs:
    - patch
- apiGroups:
    - mdk.io
  resources:
    - mdksites
    - mdkworkers
  verbs:
    - get
    - list
    - watch
- apiGroups:
    - mdk.io
  resources:
    - mdksites/finalizers
    - mdkworkers/finalizers
  verbs:
    - update
- apiGroups:
    - networking.k8s.io
  resources:
    - networkpolicies
  verbs:
    - get
    - list
    - watch
    - create
    - patch
- apiGroups:
    - policy
  resources:
    - poddisruptionbudgets
  verbs:
    - get
    - list
    - watch
    - create
    - patch
{{- end }}

{{- define "mdk-operator.rules.own" -}}
- apiGroups:
    - coordination.k8s.io
  resources:
    - leases
  verbs:
    - get
    - create
    - update
{{- end }}

{{- define "mdk-operator.rules.view" -}}
- apiGroups:
    - mdk.io
  resources:
    - mdkracks
    - mdksites
    - mdkworkers
  verbs:
    - get
    - list
    - watch
{{- end }}

{{- define "mdk-operator.rules.edit" -}}
- apiGroups:
    - mdk.io
  resources:
    - mdkracks
    - mdksites
    - mdkworkers
  verbs:
    - create
    - update
    - patch
    - delete
    - deletecollection
{{- end }}

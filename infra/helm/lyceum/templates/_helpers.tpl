{{/* Labels of everything; the argument is a list of the root and the name of the part. */}}
{{- define "lyceum.labels" -}}
app.kubernetes.io/name: lyceum
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
{{- end }}

{{/* Labels by which a Deployment or Service finds its pods; these never change. */}}
{{- define "lyceum.selector" -}}
app.kubernetes.io/name: lyceum
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Addresses from values, keys from the Secret. */}}
{{- define "lyceum.environment" -}}
- { name: LYCEUM_HOME, value: /var/lib/lyceum }
- { name: LYCEUM_TEMPORAL_ADDRESS, value: {{ .Values.temporal.address | quote }} }
- { name: LYCEUM_TEMPORAL_NAMESPACE, value: {{ .Values.temporal.namespace | quote }} }
- { name: LYCEUM_STORAGE_ENDPOINT, value: {{ .Values.storage.endpoint | quote }} }
- { name: LYCEUM_STORAGE_BUCKET, value: {{ .Values.storage.bucket | quote }} }
- { name: LYCEUM_STORAGE_REGION, value: {{ .Values.storage.region | quote }} }
- { name: LYCEUM_TRACKING_URI, value: {{ .Values.tracking.uri | quote }} }
{{- range $variable, $key := dict "LYCEUM_STORAGE_ACCESS_KEY" "storage-access-key" "LYCEUM_STORAGE_SECRET_KEY" "storage-secret-key" "LYCEUM_SERVING_ADMIN_TOKEN" "admin-token" }}
- name: {{ $variable }}
  valueFrom: { secretKeyRef: { name: {{ $.Values.existingSecret }}, key: {{ $key }} } }
{{- end }}
{{- range $variable, $key := dict "LYCEUM_TRACKING_USERNAME" "tracking-username" "LYCEUM_TRACKING_PASSWORD" "tracking-password" }}
- name: {{ $variable }}
  valueFrom: { secretKeyRef: { name: {{ $.Values.existingSecret }}, key: {{ $key }}, optional: true } }
{{- end }}
{{- end }}

{{/* Where the model server is, for those who ask it. */}}
{{- define "lyceum.modelServer" -}}
- { name: LYCEUM_SERVING_HOST, value: {{ .Release.Name }}-serving }
- { name: LYCEUM_SERVING_PORT, value: "8080" }
{{- end }}

{{/* What Pod Security "restricted" demands of a pod, and what a pod is not given. */}}
{{- define "lyceum.podSecurity" -}}
automountServiceAccountToken: false
# Kubernetes would set LYCEUM_SERVING_PORT and LYCEUM_CONSOLE_PORT to addresses, for services of these names.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* The same of a container. */}}
{{- define "lyceum.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* The argument is a list of the root and a tag, empty for the chart's. */}}
{{- define "lyceum.image" -}}
{{- with (index . 0).Values.image -}}
image: "{{ .repository }}:{{ index $ 1 | default .tag }}"
imagePullPolicy: {{ .pullPolicy }}
{{- end }}
{{- end }}

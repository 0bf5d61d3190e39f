{{- define "sapa.labels" -}}
app.kubernetes.io/name: sapa
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sapa.metadata" -}}
name: {{ .root.Release.Name }}-{{ .role }}
labels:
  {{- include "sapa.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "sapa.rasaUrls" -}}
{{- $release := .Release.Name -}}
{{- range $number := until (int .Values.rasa.replicas) -}}
{{- if $number }},{{ end }}http://{{ $release }}-rasa-{{ $number }}.{{ $release }}-rasa:5005
{{- end -}}
{{- end }}

{{- define "sapa.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "sapa.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "sapa.app" -}}
image: {{ .Values.images.app }}
imagePullPolicy: {{ .Values.images.pullPolicy }}
envFrom:
  - configMapRef: { name: {{ .Release.Name }}-settings }
securityContext:
  {{- include "sapa.containerSecurity" . | nindent 2 }}
volumeMounts:
  - { name: secrets, mountPath: /run/secrets/sapa, readOnly: true }
  - { name: data, mountPath: /data }
  # The search's files and the marks of this process belong to this pod alone.
  - { name: own, mountPath: /data/catalogue, subPath: catalogue }
  - { name: own, mountPath: /data/ready, subPath: ready }
  - { name: own, mountPath: /tmp, subPath: tmp }
{{- end }}

{{- define "sapa.pod" -}}
serviceAccountName: {{ .Release.Name }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.images.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "sapa.podSecurity" . | nindent 2 }}
volumes:
  - { name: secrets, secret: { secretName: {{ .Values.secretName }}, defaultMode: 288 } }
  - name: data
    persistentVolumeClaim: { claimName: {{ .Values.data.existingClaim | default (printf "%s-data" .Release.Name) }} }
  - { name: own, emptyDir: {} }
{{- end }}

{{- define "sapa.selector" -}}
app.kubernetes.io/name: sapa
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "sapa.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "sapa.selector" . | nindent 8 }}
{{- end }}

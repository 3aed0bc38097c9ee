/** The hello site of the guide: a three-line site, one rack, one worker. */
export const helloSite = (name: string) => `
apiVersion: mdk.io/v1alpha1
kind: MdkSite
metadata: {name: ${name}}
`

export const rackOf = (site: string, rack: string, devices: readonly string[]) => `
apiVersion: mdk.io/v1alpha1
kind: MdkRack
metadata: {name: ${rack}}
spec:
  siteRef: {name: ${site}}
  driver: simulated
  devices: [${devices.map((device) => `{name: ${device}}`).join(', ')}]
`

export const workerOf = (site: string, worker = 'simulated') => `
apiVersion: mdk.io/v1alpha1
kind: MdkWorker
metadata: {name: ${worker}}
spec: {siteRef: {name: ${site}}, driver: simulated}
`

export const yaml = (...documents: readonly string[]) => documents.join('\n---\n')

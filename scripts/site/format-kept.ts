/** What `down` leaves for the next `up`. Our own Docker has its images in the cache folder, somebody else's is named besides. */
export function formatKept(cacheFolder: string, isInOthersDocker: boolean): string[] {
  const folders = `kept for the next time: what was built and downloaded, in ${cacheFolder} and the caches of Go and npm`
  if (!isInOthersDocker) return [folders]
  const images = 'mdk-operator, mdk-runtime, mdk-cluster/*, kindest/node and node:24-bookworm-slim'
  return [folders, `and in your Docker, as far as they are there, the images ${images} and the network kind`]
}

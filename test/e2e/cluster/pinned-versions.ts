/** The versions that are proven to work together. `programs/kubernetes/go.mod` pins the same Kubernetes. */
export const KUBERNETES_VERSION = 'v1.34.4'
export const KIND_VERSION = 'v0.30.0'

/** The node image that this kind release was made with, by content. */
export const STOCK_NODE_IMAGE =
  'kindest/node:v1.34.0@sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a'

/** The oldest Go that compiles Kubernetes 1.34, and the toolchain that an older Go is told to fetch. */
export const OLDEST_GO = '1.24'
export const GO_TOOLCHAIN = 'go1.24.6'

export const DEBIAN_SUITE = 'bookworm'

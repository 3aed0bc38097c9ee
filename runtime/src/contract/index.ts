/**
 * All that others may know of the runtime: environment, files, ports, status, drivers and codes. Nothing here does I/O.
 * The operator imports this folder and nothing else of the runtime.
 */
export * from './content-hash.ts'
export * from './device-list.ts'
export * from './diagnosis.ts'
export * from './discovery-file.ts'
export * from './driver-facts.ts'
export * from './endpoints.ts'
export * from './env.ts'
export * from './error-codes.ts'
export * from './file-layout.ts'
export * from './file-problem.ts'
export * from './folder-hash.ts'
export * from './key-pair.ts'
export * from './roster.ts'
export * from './settings.ts'
export * from './site-workers.ts'
export * from './status.ts'
export * from './tokens.ts'
export * from './topic.ts'

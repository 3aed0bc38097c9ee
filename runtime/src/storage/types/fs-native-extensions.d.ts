/** What we use of fs-native-extensions 1.5, which has no types of its own. */
declare module 'fs-native-extensions' {
  /** Whether the whole file, open for writing, is now locked for this open file alone. Throws what the system says otherwise. */
  export function tryLock(fd: number): boolean
}

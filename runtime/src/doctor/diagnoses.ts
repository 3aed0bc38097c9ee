/**
 * Every diagnosis: what it is about, its cause and its remedy, each one sentence. `{names}` are filled in. The section of a
 * code in the guide is what a person reads next; a test proves that each has one.
 */
import type { Diagnosis, DiagnosisSubject } from '../contract/diagnosis.ts'

/** Where a diagnosis is explained; the anchor of a code is the code in lower case. */
export const guide = 'docs/guides/troubleshoot.md'

interface DiagnosisText {
  readonly about: DiagnosisSubject
  readonly cause: string
  readonly remedy: string
}

/** In the order in which one can be the cause of the next. */
export const diagnoses = {
  FileUnusable: {
    about: 'discovery',
    cause: 'the mounted folder {folder} cannot be used: {problem}',
    remedy: 'correct the Secret or ConfigMap that is mounted there; it is read again by itself',
  },
  FileIgnored: {
    about: 'process',
    cause: 'the mounted folder {folder} cannot be used, and what it held before counts, or nothing: {problem}',
    remedy: 'correct the Secret or ConfigMap that is mounted there; it is read again by itself',
  },
  KeyFileDiffers: {
    about: 'process',
    cause: 'the key on file is {onFile}, and this process runs under {running}, the one that it found at its start',
    remedy: 'restart the pod to run the key on file, or put back the Secret that it came from',
  },
  StoreUnwritable: {
    about: 'process',
    cause: 'the state folder {folder} cannot be written ({code})',
    remedy: "see whether its volume is mounted for writing and lets this process's user write",
  },
  StoreFull: {
    about: 'process',
    cause: 'the state folder {folder} is full ({code})',
    remedy: 'give its volume more room, or take away what else fills it',
  },
  TopicDiffers: {
    about: 'discovery',
    cause: 'the topic on file has the hash {onFile}, and that of the site has {expected}',
    remedy:
      "mount the topic Secret of the site, or put back the topic that it had: on two topics the site's processes do not find each other",
  },
  OrkKeyUndeclared: {
    about: 'discovery',
    cause: 'discovery.json names no ORK key, so nobody is dialled or let in',
    remedy:
      'give ORK a key; the operator writes its public part into discovery.json, and says in the status of the site why it cannot',
  },
  OrkKeyDiffers: {
    about: 'discovery',
    cause: 'discovery.json names {declared} as the key of ORK, and ORK runs under {running}',
    remedy:
      'put the key that ORK runs into discovery.json, or restart ORK with the declared one; the operator does either, so see whether it runs',
  },
  CallerRefused: {
    about: 'discovery',
    cause:
      'a process calls under the key {refused} and is turned away, since discovery.json names {declared} as the key of ORK',
    remedy: "if the caller is this site's ORK, correct discovery.json; the operator writes it, so see whether it runs",
  },
  BootstrapUnlisted: {
    about: 'discovery',
    cause: 'discovery.json lists no DHT node',
    remedy: 'list the DHT nodes of the site as host:port; the operator does it, so see whether it runs',
  },
  DnsDown: {
    about: 'discovery',
    cause: 'no name server answers: {names} cannot be looked up',
    remedy: "see whether the cluster's DNS (CoreDNS) runs, and whether this pod may reach it at port 53",
  },
  DnsUnaware: {
    about: 'discovery',
    cause: 'there is no such name as {names}, nor as {control}, which every cluster has',
    remedy:
      "see whether the cluster's DNS (CoreDNS) is in order, whether this pod asks it (dnsPolicy), and whether the operator was given the right cluster domain",
  },
  BootstrapUnresolved: {
    about: 'discovery',
    cause: 'there is no such name as {names}, although DNS answers',
    remedy: 'see whether the headless Service of the DHT nodes is there, and their pods',
  },
  BootstrapSilent: {
    about: 'discovery',
    cause: '{answering} of {count} DHT nodes answer over UDP, although their names resolve; silent: {silent}',
    remedy:
      'let UDP 49737 pass between this pod and the DHT nodes in both directions (NetworkPolicies, firewalls), and see whether their pods run',
  },
  BootstrapDisguised: {
    about: 'discovery',
    cause:
      'the DHT nodes answer from other addresses than their own: {disguised}; they store nothing for who sees them so',
    remedy: 'list the names or addresses of their pods, with no ClusterIP, NodePort, mesh or masquerade in between',
  },
  AnnounceInvisible: {
    about: 'discovery',
    cause: '{answered} DHT nodes answer, and none holds the record of this process ({publicKey})',
    remedy: 'let UDP pass from port {port} of this pod too, not only from others, and see the log of this process',
  },
  TopicInvisible: {
    about: 'discovery',
    cause: 'the DHT nodes know this process by its key, and a lookup of the topic leads to {count} others only',
    remedy: 'see in the status of this process whether it announces its topic, and in its log since when',
  },
  OrkAbsent: {
    about: 'peer',
    cause: 'no DHT node knows ORK by the key {publicKey}',
    remedy: 'see whether ORK runs, and run mdk doctor in its pod',
  },
  OrkUnreachable: {
    about: 'peer',
    cause: 'ORK is announced under {publicKey} and cannot be reached from here',
    remedy:
      "let UDP 49737 pass between this pod and ORK's, and see whether the key of this process is among the callers in ORK's roster",
  },
  OrkNotCalling: {
    about: 'peer',
    cause: 'all that can be seen from here is in order, and ORK does not call',
    remedy: "see whether the key {publicKey} is on ORK's roster, and run mdk doctor in ORK's pod",
  },
  WorkerAbsent: {
    about: 'peer',
    cause: 'workers of the roster whose pods have no address: {workers}',
    remedy: 'see whether their pods are scheduled and have started',
  },
  WorkerSilent: {
    about: 'peer',
    cause: 'workers of the roster that do not answer over UDP at the addresses of their pods: {workers}',
    remedy: 'see whether their pods run, and let UDP 49737 pass between them and ORK in both directions',
  },
  WorkerRefusing: {
    about: 'peer',
    cause:
      'workers of the roster that answer over UDP, and not to a call of this ORK under the key of the roster: {workers}',
    remedy: 'run mdk doctor in their pods: they run under other keys, or let another ORK key in',
  },
  ClockOff: {
    about: 'process',
    cause: 'the clock of this process is {seconds} s {direction} that of ORK',
    remedy: 'have both nodes set their clocks by the network (NTP)',
  },
} as const satisfies Readonly<Record<string, DiagnosisText>>

type Table = typeof diagnoses
export type DiagnosisCode = keyof Table

/** The names in braces. */
type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never
export type FactsOf<Code extends DiagnosisCode> = Readonly<
  Record<NamesIn<Table[Code]['cause'] | Table[Code]['remedy']>, string | number>
>

/** A diagnosis with its facts. */
export function diagnose<Code extends DiagnosisCode>(code: Code, facts: FactsOf<Code>): Diagnosis {
  const { about, cause, remedy } = diagnoses[code]
  return { code, about, cause: fillIn(cause, facts), remedy: fillIn(remedy, facts) }
}

/** The section that explains a diagnosis. */
export function guideSection(code: string): string {
  return `${guide}#${code.toLowerCase()}`
}

function fillIn(text: string, facts: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(facts[name]))
}

/**
 * Every condition and reason of the three kinds, with what it means. The order of the rows is the order in which the
 * first thing that is not well gives Ready its reason. Reconciling and Stalled carry Ready's reason and message.
 */
import { alarm, aside, type ConditionFacts, part, stalled, unknown, waiting, well } from './condition-facts.ts'

const starting = { Starting: unknown('The operator has not looked at the object yet.') }
const statusUnreachable = {
  StatusUnreachable: unknown("ORK's status can't be heard, for 15 s now; the counts are the last ones known."),
}
const waitingForSite = { WaitingForSite: waiting('The site of siteRef is not there yet, or has no identity yet.') }
const noDevices = { NoDevices: well('There is no device to serve.') }

const registeredReasons = {
  AllRegistered: well('Every device is in the registry of ORK under its worker.'),
  ...noDevices,
  DevicesNotRegistered: waiting('Some devices are not in the registry of ORK yet, or no more.'),
  ...statusUnreachable,
  ...starting,
}
const registered = part("ORK's registry agrees with what is assigned.", registeredReasons)
const healthy = aside('Every registered device is online. Ready does not depend on it.', {
  AllHealthy: well('Every registered device is online.'),
  ...noDevices,
  DevicesUnhealthy: waiting(
    'Some devices cannot be reached, report a fault, have not been read for the first time, or have a worker that is not healthy.',
  ),
  ...statusUnreachable,
  ...starting,
})
const reconciling = alarm('The operator is at work, or waits for something; it goes on by itself.', {})
const stalledCondition = alarm('Waiting will not help; the message says what to do.', {})

/** Conditions of an MdkSite. */
export const siteConditions = {
  Ready: part('The site serves, and every declared device is registered.', {
    Serving: well('All that is declared is served, also when nothing is declared.'),
    ...starting,
  }),
  IdentityReady: part('Topic, keys and tokens are there and valid.', {
    InUse: well('Topic, keys and tokens are there, valid and in use.'),
    SecretNotFound: waiting('A Secret that the spec refers to is not there yet.'),
    KeyIncomplete: stalled('A key Secret holds a public key alone or a secret key alone.'),
    KeyMismatch: stalled('The keys of a key Secret do not belong together.'),
    KeyMalformed: stalled('A key is not lower-case hexadecimal of the right length.'),
    KeyInUse: stalled('Another site in the cluster runs under this key; two ORKs with one key would split both sites.'),
    TopicMalformed: stalled('The topic is not 64 hexadecimal characters in lower case.'),
    TokensMalformed: stalled('A token file is empty, or a line of it is not 20 to 200 characters of A-Za-z0-9._~+/=-.'),
    SecretLost: stalled(
      'The topic or a key of the site was in use and is gone. Put it back, or give it up with the annotation mdk.io/give-up.',
    ),
    NameTaken: stalled("An object of a name that the site needs exists and is not the site's own."),
    SecretImmutable: stalled(
      "The operator's own Secret is immutable, so that a changed source can't be copied into it. Delete it, and it is made again from the source.",
    ),
    SecretRefused: waiting(
      'The API server refuses to write a Secret of the site, in the words of the message; it is tried again.',
    ),
    ...starting,
  }),
  DiscoveryReady: part('The DHT of the site can be used.', {
    QuorumReady: well('At least two of the three DHT nodes are ready.'),
    NoQuorum: waiting(
      'Fewer than two of the three DHT nodes are ready, or the API server refuses what they should be.',
    ),
    Impaired: waiting(
      'The DHT nodes are ready, and the processes of the site cannot find each other by them; the message has the cause and the remedy, as ORK found them.',
    ),
    ...starting,
  }),
  OrkAvailable: part('ORK serves, under the declared key.', {
    Available: well('ORK is ready and runs under the declared key.'),
    PodNotReady: waiting('There is no ready pod, or the API server refuses what it should be; the message says why.'),
    OrkKeyMismatch: waiting('ORK runs under another key than the declared one; it is being restarted.'),
    ...statusUnreachable,
    ...starting,
  }),
  AppNodeAvailable: part('App Node serves.', {
    Available: well('App Node is ready.'),
    PodNotReady: waiting('There is no ready pod, or the API server refuses what it should be; the message says why.'),
    ...starting,
  }),
  WorkersReady: part('Every ORK worker of the site is ready and registered.', {
    AllReady: well('Every worker is ready.'),
    NoWorkers: well('No worker is needed.'),
    ShardsNotReady: waiting('Some workers are not ready; the MdkWorkers name them.'),
    ...starting,
  }),
  DevicesRegistered: part("ORK's registry agrees with what is declared.", {
    DevicesUnassigned: waiting('Some devices are served by no worker; the racks name them, with the reason.'),
    ...registeredReasons,
  }),
  DevicesHealthy: healthy,
  Reconciling: reconciling,
  Stalled: stalledCondition,
} as const satisfies Readonly<Record<string, ConditionFacts>>

/** Conditions of an MdkWorker. */
export const workerConditions = {
  Ready: part('Every device of the worker is registered.', {
    AllRegistered: well('Every device of the worker is registered.'),
    ...noDevices,
    ...waitingForSite,
    RackNotFound: waiting('A rack of racks.names is not there, or belongs to another site; the others are served.'),
    UnknownDriver: stalled('This release has no such driver.'),
    UnknownModel: stalled('The driver does not know this model.'),
    TooManyRacks: stalled('The worker takes in more than 256 racks; split it.'),
    NameTaken: stalled("An object of a name that the worker needs exists and is not the worker's own."),
    ...starting,
  }),
  ShardsReady: part('Every shard of the worker is ready and registered.', {
    AllReady: well('Every shard is ready.'),
    NoWorkers: well('No shard is needed, as there is no device to serve.'),
    ShardsNotReady: waiting('Some shards are not ready; status.shardStatus has the reason of each.'),
    ...starting,
  }),
  DevicesRegistered: registered,
  DevicesHealthy: healthy,
  Conflict: alarm('Another worker claims devices of this one too.', {
    DeviceClaimed: {
      status: 'True',
      standing: 'well',
      meaning: 'The older worker serves the devices; narrow one of the two.',
    },
  }),
  Reconciling: reconciling,
  Stalled: stalledCondition,
} as const satisfies Readonly<Record<string, ConditionFacts>>

/** Conditions of an MdkRack. */
export const rackConditions = {
  Ready: part('Every device of the rack is registered.', {
    AllRegistered: well('Every device of the rack is registered.'),
    ...noDevices,
    ...waitingForSite,
    Conflict: stalled('A device has the address of another; only the older is served.'),
    ...starting,
  }),
  DevicesAssigned: part('Every device of the rack is served by a worker.', {
    AllAssigned: well('Every device is served by exactly one worker.'),
    ...noDevices,
    DevicesUnassigned: waiting('Some devices are served by no worker; status.unassignedDevices has the reasons.'),
    ...starting,
  }),
  DevicesRegistered: registered,
  DevicesHealthy: healthy,
  Conflict: alarm('Two devices of the site have one address.', {
    DuplicateAddress: {
      status: 'True',
      standing: 'stalled',
      meaning: 'Address, port and unit id are those of another device; correct one of the two.',
    },
  }),
  Reconciling: reconciling,
  Stalled: stalledCondition,
} as const satisfies Readonly<Record<string, ConditionFacts>>

/** Reasons of a shard in `status.shardStatus` of an MdkWorker. */
export const shardReasons = {
  Ready: 'The pod is ready and ORK has the worker as READY.',
  PodNotReady: 'There is no ready pod, or the API server refuses what it should be.',
  NotRegistered: 'The pod is ready, and ORK does not have the worker yet.',
  Unreachable: 'The worker was READY, and ORK has lost it.',
  NameTaken: "An object of a name that the shard needs exists and is not the worker's own.",
  DeviceListTooLarge: 'The device list is larger than 900 KiB, more than a Secret can hold.',
} as const

/** Reasons of a device in `status.unassignedDevices` of an MdkRack. */
export const unassignedReasons = {
  NoWorker: 'No worker of the site serves this driver and model in this rack.',
  Conflict: 'Another device of the site, of an older rack, has the same address, port and unit id.',
  Incomplete: 'The driver needs an address, or an option, that the device does not give.',
  UnknownDriver: 'This release has no such driver.',
} as const

type ReasonsOf<Table> = {
  [Type in keyof Table]: Table[Type] extends { reasons: infer Reasons } ? keyof Reasons & string : never
}[keyof Table]

/** Every reason that a condition of an MdkSite can carry; Ready can carry each. */
export type SiteReason = ReasonsOf<typeof siteConditions>
export type ShardReason = keyof typeof shardReasons
export type UnassignedReason = keyof typeof unassignedReasons

import {
  findSharedToken,
  type KeyPair,
  keyPairOfSeed,
  type Parsed,
  parseTokens,
  parseTopic,
  topicHash,
} from '../../../../runtime/src/contract/index.ts'
import { type SiteReason, siteConditions, siteObjectNames } from '../../api/v1alpha1/index.ts'
import { compareSeniority } from '../../assignment/seniority.ts'
import type { Secret } from '../../kube/types.ts'
import { desiredAppNodeKeySecret, desiredOrkKeySecret } from '../../resources/key-secrets.ts'
import { secretText } from '../../resources/secret.ts'
import type { SiteFacts } from '../../resources/site-facts.ts'
import { type AppNodeTokens, desiredAdminSecret, desiredTokensSecret } from '../../resources/token-secrets.ts'
import { desiredTopicSecret } from '../../resources/topic-secret.ts'
import type { Finding } from '../conditions.ts'
import { siteOwner } from '../ownership.ts'
import { parseKeySecret } from '../parse-key-secret.ts'
import { parseAdminToken } from './admin-token.ts'
import { decideIdentity, type IdentityDecision, type IdentityKind } from './identity.ts'
import type { SeenSite } from './seen-site.ts'

export interface Identities {
  readonly topic: IdentityDecision<string>
  readonly orkKey: IdentityDecision<KeyPair>
  readonly appNodeKey: IdentityDecision<KeyPair>
  readonly tokens: IdentityDecision<AppNodeTokens>
  readonly admin: IdentityDecision<string>
}

/** Decides all identities of a site. */
export function decideIdentities(seen: SeenSite): Identities {
  const { facts, fresh, identities, site } = seen
  const owner = { ...siteOwner(facts), createdAt: site.metadata.creationTimestamp }
  return {
    topic: decideIdentity(topicKind(facts, fresh.topic), identities.topic, owner),
    orkKey: decideIdentity(orkKeyKind(seen), identities.orkKey, owner),
    appNodeKey: decideIdentity(appNodeKeyKind(facts, fresh.appNodeSeed), identities.appNodeKey, owner),
    tokens: decideIdentity(tokensKind(seen), identities.tokens, owner),
    admin: decideIdentity(adminKind(facts, fresh.adminToken), identities.admin, owner),
  }
}

/** What is worst: what waiting won't heal, before what it will. */
export function worstFinding(identities: Identities): Finding<SiteReason> | null {
  const findings = Object.values(identities).flatMap(({ finding }: IdentityDecision<unknown>) => finding ?? [])
  const reasons = siteConditions.IdentityReady.reasons
  const isStalled = ({ reason }: Finding) =>
    Object.entries(reasons).some(([name, { standing }]) => name === reason && standing === 'stalled')
  return findings.find(isStalled) ?? findings[0] ?? null
}

/** Its first form has no owner, since an edit of `deletionPolicy` may take the owner away. */
function unowned(facts: SiteFacts): SiteFacts {
  return { ...facts, deletionPolicy: 'RetainIdentity' }
}

const acceptAny = () => null

function topicKind(facts: SiteFacts, fresh: string): IdentityKind<string> {
  return {
    what: 'the topic',
    secretName: siteObjectNames(facts.name).topicSecret,
    parse: (secret) => parseTopic(secretText(secret, 'topic')),
    refuse: acceptAny,
    fact: topicHash,
    desired: (topic) => desiredTopicSecret(facts, topic),
    first: (topic) => desiredTopicSecret(unowned(facts), topic),
    fresh: () => fresh,
  }
}

function orkKeyKind({ facts, fresh, site, identities, otherSites }: SeenSite): IdentityKind<KeyPair> {
  return {
    what: "ORK's key",
    secretName: siteObjectNames(facts.name).orkKeySecret,
    parse: parseKeySecret,
    refuse: ({ publicKey }) => {
      const rivals = otherSites.filter(({ orkPublicKey }) => orkPublicKey === publicKey)
      const isMine = identities.orkKey.known === publicKey
      const senior = rivals.find((other) => !isMine || isSenior(other, site.metadata))
      return senior === undefined ? null : keyInUse(publicKey, senior)
    },
    fact: ({ publicKey }) => publicKey,
    desired: (pair) => desiredOrkKeySecret(facts, pair),
    first: (pair) => desiredOrkKeySecret(unowned(facts), pair),
    fresh: () => keyPairOfSeed(fresh.orkSeed),
  }
}

interface Named {
  readonly namespace: string
  readonly name: string
  readonly creationTimestamp: string
}

/** Of two sites that both have a key, the older keeps it. */
function isSenior(other: Named, self: Named): boolean {
  const named = ({ namespace, name, creationTimestamp }: Named) => ({
    metadata: { name: `${namespace}/${name}`, creationTimestamp },
  })
  return compareSeniority(named(other), named(self)) < 0
}

function keyInUse(publicKey: string, { namespace, name }: Named): Finding<'KeyInUse'> {
  return {
    reason: 'KeyInUse',
    message:
      `ORK's key ${publicKey} is the key of site ${namespace}/${name}; two ORKs with one key would split both sites. ` +
      'Give this site another key, or delete the other site',
  }
}

function appNodeKeyKind(facts: SiteFacts, freshSeed: string): IdentityKind<KeyPair> {
  return {
    what: "App Node's key",
    secretName: siteObjectNames(facts.name).appNodeKeySecret,
    parse: parseKeySecret,
    refuse: acceptAny,
    fact: ({ publicKey }) => publicKey,
    desired: (pair) => desiredAppNodeKeySecret(facts, pair),
    first: (pair) => desiredAppNodeKeySecret(unowned(facts), pair),
    fresh: () => keyPairOfSeed(freshSeed),
  }
}

function tokensKind({ facts, fresh }: SeenSite): IdentityKind<AppNodeTokens> {
  const desired = (tokens: AppNodeTokens) => desiredTokensSecret(facts, tokens)
  return {
    what: "App Node's tokens",
    secretName: siteObjectNames(facts.name).tokensSecret,
    parse: parseTokensSecret,
    refuse: acceptAny,
    fact: () => null,
    desired,
    first: desired,
    fresh: () => ({ read: fresh.readToken, command: fresh.commandToken }),
  }
}

function adminKind(facts: SiteFacts, fresh: string): IdentityKind<string> {
  const desired = (token: string) => desiredAdminSecret(facts, token)
  return {
    what: 'the status token',
    secretName: siteObjectNames(facts.name).adminSecret,
    parse: parseAdminToken,
    refuse: acceptAny,
    fact: () => null,
    desired,
    first: desired,
    fresh: () => fresh,
  }
}

function parseTokensSecret(secret: Secret): Parsed<AppNodeTokens, 'TokensMalformed'> {
  const texts = { read: secretText(secret, 'read') ?? '', command: secretText(secret, 'command') ?? '' }
  const [read, command] = [parseTokens('read', texts.read), parseTokens('command', texts.command)]
  if (read.kind === 'problem') return read
  if (command.kind === 'problem') return command
  return findSharedToken(read.value, command.value) ?? { kind: 'ok', value: texts }
}

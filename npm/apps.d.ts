/**
 * The face of `space-auth-wasm/apps`: an application's own side of JetBrains Space. It has a module of its own, which is
 * loaded when it is first used.
 *
 * Steps 1 to 6 are those of the document "Register Application in Space". Names of members are those of Space's HTTP API,
 * so that its documentation applies. Members that are not listed here pass through in answers, and in what `register` and
 * `update` send; an endpoint and a permanent token with such a member are refused.
 *
 * Whatever is wrong with an argument rejects with `invalid_configuration` before anything is sent. What Space refuses
 * rejects with Space's own code (`permission-denied`, `not-found`, `validation-error`, ...), phase "request".
 */

import type { Session } from "./index.js";

export { AuthError } from "./index.js";

/** Loads the module. Everything async does it by itself; call it once before `installUrl` and `marketplaceUrl`. */
export function init(): Promise<void>;

/** The applications of the organisation that the session is of; what it may do depends on the rights of its subject. */
export function applications(session: Session): Applications;

// ---------------------------------------------------------------------------------------------
// 1. Applications
// ---------------------------------------------------------------------------------------------

/**
 * "me" is the application that the session is of; texts are Space's own identifiers; an `Application` will do, too, and so
 * will the `clientApplication` of a `Consent`.
 */
export type ApplicationIdentifier =
  | "me"
  | `id:${string}`
  | `clientId:${string}`
  | { readonly id: string }
  | { readonly clientId: string }
  | { readonly app: { readonly id: string } | { readonly clientId: string } };

/**
 * Where a right holds: in the whole organisation, in one project (a text is its key), or in one channel. Space's own
 * texts, such as "project:key:ORBIT", will do, too, and are how its other contexts are named.
 */
export type RightContext =
  | "global"
  | `project:key:${string}`
  | `project:id:${string}`
  | `channel:${string}`
  | `packageRepository:${string}`
  | `taskId:${string}`
  | { readonly project: string | { readonly key: string } | { readonly id: string } }
  | { readonly channel: string }
  | AuthorizedContext;

export interface RequestOptions {
  /** A request has no deadline of its own, as one of `fetch` has none: `AbortSignal.timeout(10_000)` gives it one. */
  signal?: AbortSignal;
  /**
   * Which members Space answers with, in the words of its `$fields`; others are missing then. A `*` is of one level: what
   * is in a member has to be asked for, as in `*,owner(id,username)`. Default: all of the first level, and what the types
   * here have below it.
   */
  fields?: string;
}

export interface Applications {
  /** Step 1: adds an application (right Applications.Create). */
  register(application: NewApplication, options?: RequestOptions): Promise<Application>;
  get(application: ApplicationIdentifier, options?: RequestOptions): Promise<Application>;
  /** All of them, page by page as they are iterated over. */
  list(filter?: ApplicationFilter & RequestOptions): AsyncIterableIterator<Application>;
  /** Step 2, and all that can be changed later. What is left out stays. Gives the application as it is then. */
  update(
    application: ApplicationIdentifier,
    changes: ApplicationSettings,
    options?: RequestOptions,
  ): Promise<Application>;
  archive(application: ApplicationIdentifier, options?: RequestOptions): Promise<void>;
  restore(application: ApplicationIdentifier, options?: RequestOptions): Promise<void>;

  clientSecret(application: ApplicationIdentifier, options?: RequestOptions): Promise<string>;
  /**
   * Gives the new one; the old one is of no use any more. It is renewed first, and then read: where only the reading fails,
   * the error is never `retryable`, and its `hint` names the function that reads it (here `clientSecret`). So do the other
   * two.
   */
  regenerateClientSecret(application: ApplicationIdentifier, options?: RequestOptions): Promise<string>;

  /** Step 3: what the application needs, wherever it will be authorized. */
  requireRights(
    application: ApplicationIdentifier,
    rights: RequiredRights,
    options?: RequestOptions,
  ): Promise<void>;
  requiredRights(application: ApplicationIdentifier, options?: RequestOptions): Promise<Right[]>;
  /** Step 4: asks for rights in a context, "global" by default. They are REQUESTED until somebody who has them authorizes them. */
  requestRights(
    application: ApplicationIdentifier,
    rights: readonly string[],
    context?: RightContext,
    options?: RequestOptions & { comment?: string },
  ): Promise<void>;
  /** The rights in a context, "global" by default, each with its status. */
  rights(
    application: ApplicationIdentifier,
    context?: RightContext,
    options?: RequestOptions,
  ): Promise<Right[]>;
  authorizeRights(
    application: ApplicationIdentifier,
    rights: readonly string[],
    context?: RightContext,
    options?: RequestOptions & { comment?: string },
  ): Promise<void>;
  rejectRights(
    application: ApplicationIdentifier,
    rights: readonly string[],
    context?: RightContext,
    options?: RequestOptions & { comment?: string },
  ): Promise<void>;
  /** Takes the whole authorization in a context back. */
  removeAuthorization(
    application: ApplicationIdentifier,
    context: RightContext,
    options?: RequestOptions,
  ): Promise<void>;
  authorizedContexts(
    application: ApplicationIdentifier,
    options?: RequestOptions,
  ): Promise<AuthorizedContext[]>;

  /** Step 5: where Space sends its requests, and how they can be verified; `null` takes the endpoint away. */
  setEndpoint(
    application: ApplicationIdentifier,
    endpoint: Endpoint | null,
    options?: RequestOptions,
  ): Promise<void>;
  signingKey(application: ApplicationIdentifier, options?: RequestOptions): Promise<string>;
  regenerateSigningKey(application: ApplicationIdentifier, options?: RequestOptions): Promise<string>;
  /** Space calls it obsolete: prefer `publicKeys`. */
  verificationToken(application: ApplicationIdentifier, options?: RequestOptions): Promise<string>;
  regenerateVerificationToken(application: ApplicationIdentifier, options?: RequestOptions): Promise<string>;
  /** The keys whose signatures `verifyRequest` takes. Space changes them from time to time. */
  publicKeys(application: ApplicationIdentifier, options?: RequestOptions): Promise<PublicKeys>;

  /** Step 6. */
  sshKeys(application: ApplicationIdentifier, options?: RequestOptions): Promise<SshKey[]>;
  /** Takes one line, as in a `.pub` file. A private key is refused, and sent nowhere. */
  addSshKey(
    application: ApplicationIdentifier,
    publicKey: string,
    options?: RequestOptions & { comment?: string },
  ): Promise<SshKeyFingerprint>;
  removeSshKey(
    application: ApplicationIdentifier,
    key: string | { readonly fingerprint: string },
    options?: RequestOptions,
  ): Promise<void>;

  permanentTokens(
    application: ApplicationIdentifier,
    options?: RequestOptions,
  ): AsyncIterableIterator<PermanentToken>;
  /** The token itself is told only here. */
  createPermanentToken(
    application: ApplicationIdentifier,
    token: NewPermanentToken,
    options?: RequestOptions,
  ): Promise<PermanentToken & { readonly token: string }>;
  /** "current" is the one that the session itself uses. The token itself is refused: it would stand in an address. */
  revokePermanentToken(
    application: ApplicationIdentifier,
    token: "current" | { readonly id: string },
    options?: RequestOptions,
  ): Promise<void>;

  /** What a user has let applications do; "me" is the user of the session. */
  consents(user?: "me" | `id:${string}` | `username:${string}`, options?: RequestOptions): Promise<Consent[]>;
  /** The refresh token behind the session's own access token: nobody can refresh this session any more. */
  revokeOwnRefreshToken(options?: RequestOptions): Promise<void>;
  /** Takes back all that a user has let an application do. */
  revokeConsent(
    application: ApplicationIdentifier,
    user?: "me" | `id:${string}` | `username:${string}`,
    options?: RequestOptions,
  ): Promise<void>;
}

export interface ApplicationFilter {
  /** A part of the name. */
  name?: string;
  withArchived?: boolean;
  /** How many are asked for at once: 1 to 1000, 100 by default. */
  pageSize?: number;
}

/**
 * What can be set. The flows: client credentials (on by default), code, implicit; password and refresh need no switch.
 * Redirect URIs are absolute, https or http on loopback, without fragment, user name and password.
 */
export interface ApplicationSettings {
  name?: string;
  description?: string | null;
  clientSecret?: string;
  clientCredentialsFlowEnabled?: boolean;
  codeFlowEnabled?: boolean;
  codeFlowRedirectURIs?: readonly (string | URL)[];
  /** Whether a code is only issued with PKCE (RFC 7636). */
  pkceRequired?: boolean;
  /** Whether the client may come without its secret, as a page in a browser must. */
  publicClientsAllowed?: boolean;
  implicitFlowEnabled?: boolean;
  implicitFlowRedirectURIs?: readonly (string | URL)[];
  /** As `setEndpoint` sets it. */
  endpointUri?: string | URL | null;
  readonly [member: string]: unknown;
}

export interface NewApplication extends ApplicationSettings {
  name: string;
  /** Default: one that Space chooses. */
  clientId?: string;
  email?: string;
}

export interface Application {
  readonly id: string;
  readonly clientId: string;
  readonly name: string;
  readonly archived: boolean;
  readonly clientCredentialsFlowEnabled?: boolean;
  readonly codeFlowEnabled?: boolean;
  readonly codeFlowRedirectURIs: readonly string[];
  readonly pkceRequired?: boolean;
  readonly implicitFlowEnabled?: boolean;
  readonly implicitFlowRedirectURIs: readonly string[];
  readonly endpointURI?: string | null;
  readonly hasSigningKey?: boolean;
  readonly hasPublicKeySignature?: boolean;
  readonly hasVerificationToken?: boolean;
  readonly createdAt?: SpaceTime;
  /** Here alone Space tells of `publicClientsAllowed`. */
  readonly settings?: { readonly publicClientsAllowed?: boolean; readonly [member: string]: unknown };
  readonly [member: string]: unknown;
}

/** A time as Space's HTTP API writes it; `timestamp` is in milliseconds since 1970. */
export interface SpaceTime {
  readonly iso: string;
  readonly timestamp: number;
}

// ---------------------------------------------------------------------------------------------
// 2. Rights, endpoint, keys, tokens, consents
// ---------------------------------------------------------------------------------------------

/** Codes such as "Project.Issues.View". */
export interface RequiredRights {
  add?: readonly string[];
  remove?: readonly string[];
  /** Whether what is added is also requested wherever the application is authorized already. Default false. */
  requestInAuthorizedContexts?: boolean;
}

/** REQUESTED is what Space's pages call "pending": the right cannot be used yet. */
export type RightStatus = "NONE" | "REQUESTED" | "GRANTED" | "REJECTED";

export interface Right {
  readonly rightCode: string;
  readonly status: RightStatus;
  readonly name?: string;
  readonly group?: string;
  readonly description?: string | null;
  readonly [member: string]: unknown;
}

/** As Space tells it; `rights` and the others take it as it is. */
export interface AuthorizedContext {
  readonly className:
    | "GlobalPermissionContext"
    | "ProjectPermissionContext"
    | "PrivateProjectPermissionContext"
    | "ChannelPermissionContext"
    | "PrivateChannelPermissionContext"
    | "PackageRepositoryPermissionContext"
    | "AiAgentTaskPermissionContext"
    | (string & {});
  readonly project?: { readonly id: string; readonly [member: string]: unknown };
  /** Of a private project, this alone is told. */
  readonly projectId?: string;
  readonly channel?: { readonly id: string; readonly [member: string]: unknown };
  /** Of a private channel, this alone is told. */
  readonly channelId?: string;
  readonly repository?: { readonly id: string; readonly [member: string]: unknown };
  readonly taskId?: string;
  readonly [member: string]: unknown;
}

export interface Endpoint {
  /** Absolute, https or http on loopback, without fragment, user name and password. */
  uri: string | URL;
  /** Whether Space looks at the endpoint's certificate. Default true. */
  sslVerification?: boolean;
  /** Which of them Space adds to its requests. Default: what it did before. */
  publicKeySignature?: boolean;
  signingKey?: boolean;
  verificationToken?: boolean;
}

/** A JSON Web Key Set (RFC 7517). */
export interface PublicKeys {
  readonly keys: readonly JsonWebKey[];
}

export interface SshKeyFingerprint {
  /** Such as "ssh-ed25519". */
  readonly type: string;
  /** "SHA256:" and 43 characters, as `ssh-keygen -l` shows it. */
  readonly sha256fingerprint: string;
}

export interface SshKey {
  readonly fingerprint: string;
  readonly sha256fingerprint?: string;
  readonly publicKey?: string;
  readonly comment?: string;
  readonly createdAt?: SpaceTime;
  readonly [member: string]: unknown;
}

export interface NewPermanentToken {
  name: string;
  scope: string | readonly string[];
  /** Default: never. */
  expires?: Date | null;
}

export interface PermanentToken {
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly created?: SpaceTime;
  readonly expires?: SpaceTime | null;
  readonly [member: string]: unknown;
}

export interface Consent {
  readonly clientApplication: ConsentedApplication;
  readonly approvedScopes: readonly {
    readonly id: string;
    readonly scope: ConsentedScope;
    readonly offlineAllowed?: boolean;
    readonly [member: string]: unknown;
  }[];
  readonly refreshTokens: readonly {
    readonly id: string;
    readonly scope: ConsentedScope;
    readonly lastAccess?: { readonly time: SpaceTime; readonly [member: string]: unknown } | null;
    readonly [member: string]: unknown;
  }[];
  readonly [member: string]: unknown;
}

/** One that was registered, or one of Space itself, such as its mobile apps. */
export type ConsentedApplication =
  | {
      readonly className: "ES_OAuthUserApp";
      readonly app: {
        readonly id: string;
        readonly clientId: string;
        readonly name: string;
        readonly [member: string]: unknown;
      };
    }
  | { readonly className: "ES_OAuthInternalApp"; readonly name: string; readonly clientId: string };

/** What a scope is made of; that of all rights has no grants. */
export type ConsentedScope =
  | {
      readonly className: "XScopeApi.Scope";
      readonly grants: readonly {
        readonly context: AuthorizedContext;
        readonly right: {
          readonly rightCode: string;
          readonly name?: string;
          readonly [member: string]: unknown;
        };
      }[];
    }
  | { readonly className: "XScopeApi.All" | "XScopeApi.None" };

/** Checks a public SSH key, and gives its fingerprint, without sending it anywhere. */
export function sshKeyFingerprint(publicKey: string): Promise<SshKeyFingerprint>;

// ---------------------------------------------------------------------------------------------
// 3. Links that install an application
// ---------------------------------------------------------------------------------------------

/** A link by which an administrator adds this application to a Space. Synchronous, after `init()`. */
export function installUrl(options: InstallOptions): string;
/** A link by which an administrator installs an application of JetBrains Marketplace. Synchronous, after `init()`. */
export function marketplaceUrl(options: {
  server?: string | URL;
  marketplaceApp: string;
  name: string;
}): string;

export interface InstallOptions {
  /** The organisation. Default: the one that the administrator chooses at jetbrains.com. */
  server?: string | URL;
  name: string;
  endpointUri?: string | URL;
  clientCredentialsFlowEnabled?: boolean;
  codeFlowEnabled?: boolean;
  codeFlowRedirectURIs?: readonly (string | URL)[];
  pkceRequired?: boolean;
  /** Handed back in `InitPayload`. */
  state?: string;
  /** How Space is to sign its requests. */
  hasPublicKeySignature?: boolean;
  hasSigningKey?: boolean;
}

// ---------------------------------------------------------------------------------------------
// 4. Requests from Space
// ---------------------------------------------------------------------------------------------

/**
 * Whether a request that reached the application's endpoint is from Space: gives its payload, or `null` if it is not
 * authentic (no or wrong signature, too old, too far ahead). Works wherever `fetch` does: service workers, Node, Deno, Bun,
 * edge workers. `body` must be the very bytes that arrived; a `Request` is read through a clone of it.
 *
 * Rejects with `invalid_configuration` for keys that are none, and with `invalid_request` for an authentic request
 * whose body is no JSON object.
 */
export function verifyRequest(
  request: Request | { headers: RequestHeaders; body: string | ArrayBuffer | ArrayBufferView },
  how: Verification,
): Promise<Payload | null>;

export type RequestHeaders =
  | Headers
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [string, string]>;

export type Verification = {
  /** Milliseconds that the request's time may be off in either direction. Default 300 000; at most one day. */
  tolerance?: number;
} & (
  | { signingKey: string }
  /** As `publicKeys` gives them, or the text that Space's address answers with. */
  | { publicKeys: PublicKeys | string }
  /** A copy of it in every request is all that this proves: no time, no integrity. */
  | { verificationToken: string }
);

/** What Space sends, told apart by `className`. A class that is not listed here arrives just as well. */
export type Payload =
  | InitPayload
  | ChangeClientSecretPayload
  | ChangeServerUrlPayload
  | RefreshTokenPayload
  | ApplicationUninstalledPayload
  | MessagePayload
  | AppPublicationCheckPayload
  | OtherPayload;

/** What all of them may have, but for `AppPublicationCheckPayload`. */
export interface SpacePayload {
  readonly clientId: string;
  readonly userId?: string | null;
  /** Obsolete: what `verifyRequest` compares, where it was asked to. */
  readonly verificationToken?: string | null;
  readonly [member: string]: unknown;
}
/** The application was installed. Check that `serverUrl` is one that you expect, before you believe it. */
export interface InitPayload extends SpacePayload {
  readonly className: "InitPayload";
  readonly clientSecret: string;
  readonly serverUrl: string;
  readonly state?: string | null;
}
export interface ChangeClientSecretPayload extends SpacePayload {
  readonly className: "ChangeClientSecretPayload";
  readonly newClientSecret: string;
}
export interface ChangeServerUrlPayload extends SpacePayload {
  readonly className: "ChangeServerUrlPayload";
  readonly newServerUrl: string;
}
/** A user has let the application act on the user's behalf. */
export interface RefreshTokenPayload extends SpacePayload {
  readonly className: "RefreshTokenPayload";
  readonly refreshToken: string;
  readonly scope: string;
  readonly userId: string;
}
export interface ApplicationUninstalledPayload extends SpacePayload {
  readonly className: "ApplicationUninstalledPayload";
  readonly serverUrl: string;
}
/** Somebody has written to the application. */
export interface MessagePayload extends SpacePayload {
  readonly className: "MessagePayload";
  readonly message: Readonly<Record<string, unknown>>;
  readonly userId: string;
}
/** The check before an application is published: the only payload for which JetBrains' SDK lists no `clientId`. */
export interface AppPublicationCheckPayload {
  readonly className: "AppPublicationCheckPayload";
  readonly clientId?: string;
  readonly [member: string]: unknown;
}
/** The ones about menus, commands, webhooks, previews and issues. */
export interface OtherPayload extends SpacePayload {
  readonly className:
    | "CreateExternalIssueRequestPayload"
    | "CustomActionPayload"
    | "ListCommandsPayload"
    | "MenuActionPayload"
    | "MessageActionPayload"
    | "NewExternalIssueEventPayload"
    | "NewUnfurlQueueItemsPayload"
    | "SafeMergeCommandPayload"
    | "UnfurlActionPayload"
    | "WebhookRequestPayload";
}

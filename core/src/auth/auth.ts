import type { Services } from '../services.ts';
import { type Changes, createChanges } from '../settings/changes.ts';
import { type Access, createAccess } from './access.ts';
import { type Account, createAccount } from './account.ts';
import { type Authenticator, createAuthenticator } from './authenticate.ts';
import { type AccessNotices, createAccessNotices } from './notices.ts';
import type { PluginPermissions } from './permissions.ts';
import { createTryLimiter } from './rate-limit.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createSeeing, type Seeing } from './seeing.ts';
import { createSetup, type Setup } from './setup.ts';
import { createTokens, type Tokens } from './tokens.ts';
import { createUsers, type Users } from './users.ts';

/** Who somebody is and what they may do. */
export interface Auth {
  readonly notices: AccessNotices;
  /** How every domain module stores a change that is audited, told to browsers, or touches rights. */
  readonly changes: Changes;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly authenticator: Authenticator;
  readonly access: Access;
  readonly seeing: Seeing;
  readonly account: Account;
  readonly users: Users;
  readonly setup: Setup;
}

/** Call `notices.start()` once the database is migrated, and `notices.close()` before it is closed. */
export function createAuth(services: Services, options: { readonly pluginPermissions: () => PluginPermissions }): Auth {
  const notices = createAccessNotices(services);
  const changes = createChanges(services, notices);
  const sessions = createSessions(services, notices, changes);
  const tokens = createTokens(services, notices, changes);
  const seeing = createSeeing(services, notices);
  const limiter = createTryLimiter(services);
  return {
    notices,
    changes,
    sessions,
    tokens,
    authenticator: createAuthenticator(services, { sessions, tokens }),
    seeing,
    access: createAccess({ ...services, seeing }, { notices, pluginPermissions: options.pluginPermissions }),
    account: createAccount(services, { changes, sessions, limiter }),
    users: createUsers(services, { changes, sessions, tokens }),
    setup: createSetup(services, { changes, sessions, limiter }),
  };
}

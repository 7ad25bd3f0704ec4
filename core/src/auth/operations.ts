import { authContract, usersContract } from '@exact/sdk/contract';
import { implement, type Operation } from '../http/implement.ts';
import type { Auth } from './auth.ts';

export function authOperations({ account, sessions, setup, tokens }: Auth): readonly Operation[] {
  return implement(authContract, {
    async signIn(request) {
      const former = await sessions.find(request.headers['cookie']);
      const { me, setCookie } = await account.signIn(request, {
        ...request.body,
        ip: request.ip,
        userAgent: request.headers['user-agent'] ?? '',
        formerSessionId: former?.sessionId,
      });
      request.setHeader('set-cookie', setCookie);
      return me;
    },
    async signOut(request) {
      if (request.sessionId !== undefined) await account.signOut(request, request.principal.userId, request.sessionId);
      request.setHeader('set-cookie', sessions.clearCookie());
    },
    me: (request) => account.me(request.principal.userId),
    updateMe: (request) => account.update(request, request.principal.userId, request.body),
    changePassword: (request) =>
      account.changePassword(request, request.principal.userId, {
        ...request.body,
        ip: request.ip,
        sessionId: request.sessionId,
      }),
    sessions: (request) => sessions.list(request.principal.userId, request.sessionId),
    endSession: (request) => sessions.end(request, request.principal.userId, request.params.sessionId),
    tokens: (request) => tokens.list(request.principal.userId),
    createToken: (request) => tokens.create(request, request.principal.userId, request.body),
    revokeToken: (request) => tokens.revoke(request, request.principal.userId, request.params.tokenId),
    setupState: () => setup.state(),
    async setup(request) {
      const { me, setCookie } = await setup.complete(request, {
        ...request.body,
        ip: request.ip,
        userAgent: request.headers['user-agent'] ?? '',
      });
      request.setHeader('set-cookie', setCookie);
      return me;
    },
  });
}

export function usersOperations({ users }: Auth): readonly Operation[] {
  return implement(usersContract, {
    list: (request) => users.list(request.query),
    create: (request) => users.create(request, request.body),
    update: (request) => users.update(request, request.params.userId, request.body),
    anonymise: (request) => users.anonymise(request, request.params.userId),
  });
}

import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

export const AppUser = defineEntity({
  name: 'AppUser',
  tableName: 'core.app_user',
  properties: {
    id: p.integer().primary().autoincrement(),
    username: p.text(),
    displayName: p.text(),
    passwordHash: p.text().nullable().hidden(),
    isAdmin: p.boolean().default(false),
    state: p.text().$type<'active' | 'suspended' | 'anonymised'>().default('active'),
    preferences: p
      .json()
      .$type<Record<string, unknown>>()
      .onCreate(() => ({})),
    createdAt: p.datetime().onCreate(() => new Date()),
    lastSeenAt: p.datetime().nullable(),
  },
});
export type AppUser = InferEntity<typeof AppUser>;

export const Session = defineEntity({
  name: 'Session',
  tableName: 'core.session',
  properties: {
    id: p.integer().primary().autoincrement(),
    /** SHA-256 of the cookie's value: who reads the table cannot sign in with it. */
    tokenHash: p.blob().hidden(),
    userId: p.integer(),
    userAgent: p.text().default(''),
    createdAt: p.datetime().onCreate(() => new Date()),
    lastSeenAt: p.datetime().onCreate(() => new Date()),
    expiresAt: p.datetime(),
  },
});
export type Session = InferEntity<typeof Session>;

export const ApiToken = defineEntity({
  name: 'ApiToken',
  tableName: 'core.api_token',
  properties: {
    id: p.integer().primary().autoincrement(),
    tokenHash: p.blob().hidden(),
    prefix: p.text(),
    userId: p.integer(),
    name: p.text(),
    scopes: p.array().$type<string[]>(),
    createdAt: p.datetime().onCreate(() => new Date()),
    expiresAt: p.datetime().nullable(),
    lastUsedAt: p.datetime().nullable(),
  },
});
export type ApiToken = InferEntity<typeof ApiToken>;

import type { ProjectRole } from '../contract/roles.ts';

/** Who makes a request. */
export interface Principal {
  readonly userId: number;
  readonly username: string;
  readonly isAdmin: boolean;
  /** How they proved it. A token may hold less than the person. */
  readonly via: 'session' | 'token' | 'plugin' | 'system';
  readonly scopes?: readonly string[];
}

/** Credentials that the platform does not know itself. */
export interface Credentials {
  readonly scheme: string;
  readonly value: string;
}

export interface AccessQuestion {
  readonly principal: Principal;
  readonly permission: string;
  readonly projectId?: number;
  readonly role?: ProjectRole;
  readonly imageId?: number;
  readonly annotationUuid?: string;
}

export interface AuditEntry {
  readonly action: string;
  readonly userId?: number;
  readonly projectId?: number;
  readonly target?: string;
  readonly at: string;
  readonly requestId: string;
}

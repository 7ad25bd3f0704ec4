import {
  authContract,
  imageSetsContract,
  projectsContract,
  teamsContract,
  templatesContract,
  usersContract,
} from '@exact/sdk/contract';
import { describe, expect, it } from 'vitest';
import { templatesOperations } from '../annotations/template-operations.ts';
import { authOperations, usersOperations } from '../auth/operations.ts';
import { granted, imageSetsOperations, projectsOperations, teamsOperations } from './operations.ts';

// Wiring only: the services themselves are not called.
const parts = {} as never;

describe('operations', () => {
  it.each([
    ['auth', authContract, authOperations(parts)],
    ['users', usersContract, usersOperations(parts)],
    ['teams', teamsContract, teamsOperations(parts)],
    ['projects', projectsContract, projectsOperations(parts)],
    ['imageSets', imageSetsContract, imageSetsOperations(parts)],
    ['templates', templatesContract, templatesOperations(parts)],
  ] as const)('of %s answer every endpoint of the contract', (_, contract, operations) => {
    expect(operations.map((operation) => operation.name)).toEqual(Object.keys(contract));
    for (const operation of operations) expect(operation.handle).toBeTypeOf('function');
  });

  it('never run on an id that the platform has not resolved', () => {
    expect(() => granted({ projectId: 1 }, 'imageSetId')).toThrow('imageSetId');
  });
});

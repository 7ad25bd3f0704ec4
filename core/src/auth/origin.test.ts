import { ForeignOriginError } from '@exact/sdk/contract';
import { describe, expect, it } from 'vitest';
import { checkOrigin, type OriginQuestion } from './origin.ts';

const host = 'exact.example.org';
const own = 'https://exact.example.org';

describe('the check of the origin', () => {
  it.each<[string, OriginQuestion]>([
    ['reading from anywhere', { method: 'GET', origin: 'https://evil.example', host }],
    ['its own page', { method: 'POST', origin: own, host }],
    ['its own page at the public address', { method: 'DELETE', origin: own, host: '127.0.0.1:8000', publicUrl: own }],
    ['a program without origin', { method: 'POST', host }],
    ['a typed address', { method: 'POST', secFetchSite: 'none', host }],
    ['a host in capitals', { method: 'PUT', origin: own, host: 'Exact.Example.org' }],
  ])('lets %s through', (_, question) => {
    expect(() => checkOrigin(question)).not.toThrow();
  });

  it.each<[string, OriginQuestion]>([
    ['another site', { method: 'POST', origin: 'https://evil.example', host }],
    ['a sub-domain', { method: 'POST', origin: 'https://a.exact.example.org', host }],
    ['another port', { method: 'PATCH', origin: 'https://exact.example.org:8443', host }],
    ['a sandboxed frame', { method: 'POST', origin: 'null', host }],
    ['a page without host to compare with', { method: 'POST', origin: own }],
    [
      'plain HTTP when the public address has HTTPS',
      { method: 'POST', origin: 'http://exact.example.org', host, publicUrl: own },
    ],
    [
      'a host header that agrees with a foreign origin',
      { method: 'POST', origin: 'https://evil.example', host: 'evil.example', publicUrl: own },
    ],
    ['another site that hides its origin', { method: 'POST', secFetchSite: 'cross-site', host }],
    ['a sister site that hides its origin', { method: 'POST', secFetchSite: 'same-site', host }],
    ['a method in small letters', { method: 'post', origin: 'https://evil.example', host }],
  ])('refuses %s', (_, question) => {
    expect(() => checkOrigin(question)).toThrow(ForeignOriginError);
  });
});

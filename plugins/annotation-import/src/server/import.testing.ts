import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { TestKernel, TestPerson } from '@exact/sdk/testing';
import { expect, vi } from 'vitest';
import type { ImportFile, Suggestion } from '../shared/file.ts';
import type { Mapping, Plan } from '../shared/plan.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** Plugins that a test of imports needs. */
export const PLUGINS = [folder('annotation-import'), folder('format-image'), folder('format-tiff')];
export const SLIDE = folder('demo-datasets/data/CMU-1-Small-Region.svs');
export const readSlide = (): Promise<Buffer> => readFile(SLIDE);

/** The plugin in one project, as one person uses it over HTTP. */
export function importAs(kernel: TestKernel, projectId: number, who: TestPerson) {
  const base = `/api/v2/projects/${projectId}/plugins/annotation-import`;
  const ask = (method: string, path: string, body?: unknown) => who.request(method, base + path, body);

  async function send(name: string, bytes: string | Uint8Array): Promise<{ status: number; body: ImportFile }> {
    const response = await fetch(`${kernel.url}${base}/files?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { cookie: who.cookie, 'content-type': 'application/octet-stream' },
      body: bytes as BodyInit,
    });
    return { status: response.status, body: (await response.json()) as ImportFile };
  }
  function settle<T extends { readonly state: string }>(path: string, busy: readonly string[]): Promise<T> {
    return vi.waitFor(
      async () => {
        const { body } = (await ask('GET', path)) as { body: T };
        if (busy.includes(body.state)) throw new Error(`${path} is still ${body.state}.`);
        return body;
      },
      { timeout: 60_000, interval: 50 },
    );
  }
  const read = async (name: string, bytes: string | Uint8Array): Promise<ImportFile> => {
    const { status, body } = await send(name, bytes);
    expect(status, JSON.stringify(body)).toBe(201);
    return settle<ImportFile>(`/files/${body.id}`, ['reading']);
  };
  /** The mapping that the plugin suggests, changed by `more`. */
  const suggested = async (fileId: string, more: Partial<Mapping> = {}): Promise<Mapping> => {
    const { body } = (await ask('GET', `/files/${fileId}/suggestion`)) as { body: Suggestion };
    return {
      images: body.images.map(({ name, imageId }) => ({ name, imageId })),
      labels: body.labels.map(({ label, templateId }) => ({ label, templateId })),
      author: { by: 'me' },
      target: { kind: 'own' },
      uuids: 'keep',
      repair: false,
      leaveOut: false,
      ...more,
    };
  };
  const count = async (fileId: string, mapping: Mapping): Promise<Plan> => {
    const { status, body } = await ask('POST', `/files/${fileId}/plans`, mapping);
    expect(status, JSON.stringify(body)).toBe(201);
    return settle<Plan>(`/plans/${body.id}`, ['counting']);
  };
  const apply = async (planId: string): Promise<Plan> => {
    const { status, body } = await ask('POST', `/plans/${planId}/apply`);
    expect(status, JSON.stringify(body)).toBe(202);
    return settle<Plan>(`/plans/${planId}`, ['applying']);
  };
  return { ask, send, read, suggested, count, apply };
}

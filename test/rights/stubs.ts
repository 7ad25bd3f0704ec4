import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../core/src/http/app.ts';
import { API, createDispatcher, type MountedOperation } from '../../core/src/http/dispatch.ts';
import type { BootedKernel } from '../../core/src/testing.ts';
import { quietLog } from '../../core/src/test-support.ts';
import { ABSENT, ABSENT_UUID, type Ids } from './world.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** All endpoints of a platform behind its own sign-in and rights, where nothing is ever done. */
export interface Stubs {
  readonly operations: readonly MountedOperation[];
  ask(operation: MountedOperation, ids: Ids, headers: Readonly<Record<string, string>>): Promise<Answer>;
  close(): void;
}

export async function serveStubs({ platform }: BootedKernel): Promise<Stubs> {
  const { auth } = platform.domain;
  const dispatcher = createDispatcher({
    kernel: platform.kernel,
    resolveAccess: auth.access.resolve,
    checkAnswers: false,
  });
  for (const operation of platform.dispatcher.operations()) {
    const { method, path, summary, access, params } = operation.spec;
    // Rights only: without a body and a query that could be wrong.
    const spec = { method, path, summary, access, status: 202 as const, ...(params ? { params } : {}) };
    const stub = { name: operation.name, spec, handle: () => Promise.resolve(undefined) };
    if (operation.plugin === undefined) dispatcher.mount([stub]);
    else {
      const isOfProjects = operation.fullPath.startsWith(`${API}/projects/`);
      dispatcher.mountPlugin(operation.plugin, isOfProjects ? 'project' : 'instance', [stub]);
    }
  }
  const { authenticate } = auth.authenticator;
  const app = createApp(
    {
      log: quietLog,
      behindProxy: false,
      isHttps: false,
      authentication: { authenticate, checkOrigin: () => undefined },
    },
    dispatcher.middleware,
  );
  const answer = app.callback();
  const server = createServer((req, res) => void answer(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    operations: dispatcher.operations(),
    ask: ({ spec: { method }, fullPath }, ids, headers) =>
      new Promise((resolve, reject) => {
        const sent = request(
          { agent, port, host: '127.0.0.1', method, path: addressOf(fullPath, ids), headers },
          (res) => {
            let text = '';
            res.setEncoding('utf8');
            res.on('data', (part: string) => (text += part));
            res.on('end', () => resolve({ status: res.statusCode ?? 0, text }));
            res.on('error', reject);
          },
        );
        sent.on('error', reject);
        sent.end();
      }),
    close() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Values for parameters that do not decide about rights. */
const HARMLESS: Ids = {
  field: 0,
  tissueId: ABSENT_UUID,
  level: 0,
  col: 0,
  row: 0,
  tile: '0_0.jpg',
  region: 'full',
  size: 'max',
  rotation: '0',
  format: 'default.jpg',
  pluginId: 'x',
  key: 'k',
  phaseId: 'k',
  jobId: ABSENT_UUID,
  mediaId: ABSENT_UUID,
  importId: ABSENT_UUID,
  studyId: ABSENT_UUID,
  comparisonId: ABSENT_UUID,
  fileId: ABSENT_UUID,
  planId: ABSENT_UUID,
  username: 'nobody',
};

function addressOf(fullPath: string, ids: Ids): string {
  return fullPath.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(ids[name] ?? HARMLESS[name] ?? ABSENT)),
  );
}

import { documentsContract, InvalidRequestError, PluginNotEnabledError, pluginsContract } from '@exact/sdk/contract';
import { implement, type Operation } from '../http/implement.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { PluginDocuments } from './documents.ts';
import type { PluginSwitches } from './switches.ts';

export function pluginOperations(parts: {
  readonly kernel: Kernel;
  readonly switches: PluginSwitches;
  readonly documents: PluginDocuments;
}): readonly Operation[] {
  const { kernel, switches, documents } = parts;

  function refuseOff(plugin: string, projectId: number): void {
    if (!kernel.isRunning(plugin) || !kernel.enablement.isEnabled(plugin, projectId))
      throw new PluginNotEnabledError({ plugin, projectId });
  }

  return [
    ...implement(pluginsContract, {
      ofProject: ({ params }) => switches.ofProject(params.projectId),
      switch: (request) => switches.set(request, request.params.projectId, request.params.pluginId, request.body),
      installed: () => Promise.resolve(switches.installed()),
      allow: (request) => switches.allow(request, request.params.pluginId, request.body.allowed),
    }),
    ...implement(documentsContract, {
      async get({ params, principal }) {
        refuseOff(params.pluginId, params.projectId);
        const value = await documents
          .of(params.pluginId)
          .get({ projectId: params.projectId, userId: principal.userId }, params.key);
        return { value: (value ?? null) as never };
      },
      async set({ params, principal, body }) {
        refuseOff(params.pluginId, params.projectId);
        if (body.value === undefined)
          throw new InvalidRequestError({ fields: [{ path: 'body.value', message: 'is missing' }] });
        await documents
          .of(params.pluginId)
          .set({ projectId: params.projectId, userId: principal.userId }, params.key, body.value);
      },
    }),
  ];
}

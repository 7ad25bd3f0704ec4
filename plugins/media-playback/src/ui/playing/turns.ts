import { shallowRef } from 'vue';
import type { Transport } from './transport.ts';

/** Who plays or played last: what keys are for. One at a time is heard, on the whole page. */
export const current = shallowRef<Transport>();

/** Called by a player that begins: the one before stops. */
export function takeTurn(transport: Transport): void {
  if (current.value !== transport) current.value?.pause();
  current.value = transport;
}

/** Called by a player that goes. */
export function leaveTurn(transport: Transport): void {
  if (current.value === transport) current.value = undefined;
}

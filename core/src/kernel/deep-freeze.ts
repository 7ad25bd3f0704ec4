/**
 * Freezes plain objects and arrays all the way down, so that a tap that changes what it was shown fails at once instead of
 * changing it for everybody after it. Instances of classes (buffers, signals, connections) are left alone: freezing a typed
 * array is not possible, and the others have a life of their own.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  Object.freeze(value);
  for (const part of Array.isArray(value) ? value : Object.values(value)) deepFreeze(part);
  return value;
}

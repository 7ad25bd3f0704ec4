// Imported before anything that makes schemas. Zod asks at each object schema whether it may compile code; the question itself
// (`new Function('')`) breaks the page's policy and fills the console. The setting is global: it holds for zod in plugins too.
const globals = globalThis as { __zod_globalConfig?: { jitless?: boolean } };
globals.__zod_globalConfig = { ...globals.__zod_globalConfig, jitless: true };

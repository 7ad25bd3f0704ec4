/** The people of the demo; the server makes them only there (`plugins/demo-datasets`). Their passwords are public on purpose. */
export const DEMO_USERS = [
  { username: 'demo', password: 'exact-demo-2026', role: 'manager' },
  { username: 'annotator', password: 'exact-demo-2026', role: 'annotator' },
] as const;

/** The people of the demo; the server makes them only there (`plugins/demo-datasets`). Their passwords are public on purpose. */
export const DEMO_USERS = [
  { username: 'demo', password: 'exact-demo-only', role: 'manager' },
  { username: 'reader', password: 'exact-demo-only', role: 'annotator' },
] as const;

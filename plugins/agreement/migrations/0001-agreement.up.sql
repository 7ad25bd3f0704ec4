create schema if not exists plugin_agreement;
create table plugin_agreement.comparison (
  id uuid primary key,
  project_id integer not null references core.project on delete cascade,
  question jsonb not null,
  created_by integer not null references core.app_user,
  created_at timestamptz not null default now(),
  job_id uuid,
  result jsonb,
  done_at timestamptz
);
create index comparison_project on plugin_agreement.comparison (project_id, created_at desc);

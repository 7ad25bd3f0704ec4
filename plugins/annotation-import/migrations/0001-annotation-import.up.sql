create schema if not exists plugin_annotation_import;

-- Files that people have given, with what was found in them.
create table plugin_annotation_import.file (
  id uuid primary key,
  project_id integer not null references core.project on delete cascade,
  user_id integer not null references core.app_user,
  name text not null,
  size_bytes bigint not null,
  sha256 text not null,
  format text,
  box_form text,
  job_id uuid,
  inventory jsonb,
  created_at timestamptz not null default now()
);
create index file_owner on plugin_annotation_import.file (project_id, user_id, created_at desc);

-- Mappings of a file onto a project, with what they would do and what became of them.
create table plugin_annotation_import.plan (
  id uuid primary key,
  file_id uuid not null references plugin_annotation_import.file on delete cascade,
  mapping jsonb not null,
  job_id uuid,
  dry_run jsonb,
  parts jsonb,
  apply_job_id uuid,
  layer_id integer,
  applied_at timestamptz,
  created_at timestamptz not null default now()
);
create index plan_file on plugin_annotation_import.plan (file_id, created_at desc);

-- One row for each image and author of a plan that was applied.
create table plugin_annotation_import.outcome (
  plan_id uuid not null references plugin_annotation_import.plan on delete cascade,
  image_id integer not null,
  author_id integer not null,
  state text not null check (state in ('done', 'failed')),
  created integer not null default 0,
  known integer not null default 0,
  problem text,
  primary key (plan_id, image_id, author_id)
);

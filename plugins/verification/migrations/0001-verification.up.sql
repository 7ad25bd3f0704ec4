create schema if not exists plugin_verification;

-- Each setting of the rule; the latest of a project counts, none means the default.
create table plugin_verification.rule_version (
  id bigint generated always as identity primary key,
  project_id integer not null references core.project on delete cascade,
  rule jsonb not null,
  is_open boolean not null,
  changed_by integer not null references core.app_user,
  changed_at timestamptz not null default now()
);
create index rule_version_project on plugin_verification.rule_version (project_id, id);

-- All that readers have said of objects, and of what they said it: the row may look otherwise by now.
create table plugin_verification.vote (
  id bigint generated always as identity primary key,
  vote_id uuid not null, -- made by the browser; two people may make the same one, and neither learns of the other
  project_id integer not null references core.project on delete cascade,
  image_id integer not null references core.image on delete cascade,
  annotation uuid not null,
  user_id integer not null references core.app_user,
  phase_id text,
  verdict text not null check (verdict in ('accept', 'reject', 'relabel', 'reshape', 'unsure', 'none')),
  template_id integer,
  geometry bytea, -- packed form of @exact/geometry, level-0 pixels
  judged_revision integer not null,
  judged_template integer not null,
  judged_shape text not null, -- SHA-256 of the packed form
  active_ms integer not null check (active_ms >= 0),
  informed boolean not null, -- whether the reader could see others' votes on it by then
  at timestamptz not null default now(),
  unique (user_id, vote_id),
  check ((verdict = 'relabel') <= (template_id is not null)),
  check ((verdict = 'reshape') = (geometry is not null))
);
create index vote_annotation on plugin_verification.vote (annotation, id);
create index vote_reader on plugin_verification.vote (project_id, user_id, image_id);

create table plugin_verification.decision (
  id bigint generated always as identity primary key,
  decision_id uuid not null,
  project_id integer not null references core.project on delete cascade,
  image_id integer not null references core.image on delete cascade,
  annotation uuid not null,
  user_id integer not null references core.app_user,
  verdict text not null check (verdict in ('accept', 'reject', 'relabel', 'reshape')),
  template_id integer,
  geometry bytea,
  judged_revision integer not null,
  judged_template integer not null,
  judged_shape text not null,
  reason text not null check (btrim(reason) <> ''),
  at timestamptz not null default now(),
  unique (user_id, decision_id)
);
create index decision_annotation on plugin_verification.decision (annotation, id);

-- "Image complete" and "nothing here", by reader; the latest counts, 'open' takes it back.
create table plugin_verification.image_record (
  id bigint generated always as identity primary key,
  record_id uuid not null,
  project_id integer not null references core.project on delete cascade,
  image_id integer not null references core.image on delete cascade,
  user_id integer not null references core.app_user,
  outcome text not null check (outcome in ('complete', 'empty', 'open')),
  active_ms integer not null check (active_ms >= 0),
  at timestamptz not null default now(),
  unique (user_id, record_id)
);
create index image_record_image on plugin_verification.image_record (image_id, user_id, id);

-- What was said stays said. Only the end of an image or of a project takes its log along: that comes from inside the
-- foreign key's own trigger.
create function plugin_verification.keep_log() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and pg_trigger_depth() > 1 then
    return old;
  end if;
  raise exception 'The log % can only be added to.', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger keep_log before update or delete on plugin_verification.rule_version
  for each row execute function plugin_verification.keep_log();
create trigger keep_log before update or delete on plugin_verification.vote
  for each row execute function plugin_verification.keep_log();
create trigger keep_log before update or delete on plugin_verification.decision
  for each row execute function plugin_verification.keep_log();
create trigger keep_log before update or delete on plugin_verification.image_record
  for each row execute function plugin_verification.keep_log();
create trigger keep_log_whole before truncate on plugin_verification.rule_version
  for each statement execute function plugin_verification.keep_log();
create trigger keep_log_whole before truncate on plugin_verification.vote
  for each statement execute function plugin_verification.keep_log();
create trigger keep_log_whole before truncate on plugin_verification.decision
  for each statement execute function plugin_verification.keep_log();
create trigger keep_log_whole before truncate on plugin_verification.image_record
  for each statement execute function plugin_verification.keep_log();

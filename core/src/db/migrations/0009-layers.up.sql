-- Layers: annotations that belong together and are nobody's own work in the project: what a manager marks as guidance, what
-- programs have found. Everybody shares them; readers who work blind see those that are shown.
create table core.annotation_layer (
  id integer generated always as identity primary key,
  project_id integer not null references core.project on delete cascade,
  name text not null,
  purpose text not null check (purpose in ('guidance', 'precomputed')),
  shown boolean not null default false, -- to readers who work blind
  source jsonb not null default '{}', -- program, version, file, sha256, note
  created_by integer references core.app_user on delete set null,
  created_at timestamptz not null default now()
);
create unique index annotation_layer_name on core.annotation_layer (project_id, lower(name));

alter table core.annotation add column layer_id integer;
alter table core.annotation_revision add column layer_id integer; -- no reference: what was, stays written
create index annotation_of_layer on core.annotation (layer_id, image_id) where layer_id is not null;

alter table core.annotation_import
  add column layer_id integer, -- looked up when the import runs
  add column author_id integer references core.app_user;

-- Who made the first revision is who brought it in. That is its author, unless a manager imported it in a reader's name: then the
-- manager is the editor of the row until it is edited.
drop view core.annotation_history;
create view core.annotation_history as
  select annotation_id, revision, change, user_id, at, template_id, deleted, locked, kind, verdict, geometry, description, meta, layer_id
  from core.annotation_revision
  union all
  select id, 1, 1::smallint, editor_id, created_at, template_id, false, false, kind, null::smallint, geometry, description, meta, layer_id
  from core.annotation where revision = 1;

-- As in migration 0007, with the layer.
create or replace function core.check_annotation_references() returns trigger language plpgsql as $$
declare
  missing text;
begin
  with named as materialized (
    select distinct image_id, template_id, author_id, editor_id, verdict_by, layer_id from changed
  ), images as materialized (
    select id from core.image where id in (select image_id from named) for key share
  ), templates as materialized (
    select id from core.template where id in (select template_id from named) for key share
  ), layers as materialized (
    select id from core.annotation_layer where id in (select layer_id from named) for key share
  ), people as materialized (
    select id from core.app_user
    where id in (select author_id from named union select editor_id from named union select verdict_by from named)
    for key share
  )
  select case
    when image_id not in (select id from images) then 'image_id'
    when template_id not in (select id from templates) then 'template_id'
    when author_id not in (select id from people) then 'author_id'
    when editor_id not in (select id from people) then 'editor_id'
    when verdict_by not in (select id from people) then 'verdict_by'
    when layer_id is not null and layer_id not in (select id from layers) then 'layer_id'
  end into missing
  from named
  where image_id not in (select id from images) or template_id not in (select id from templates)
    or author_id not in (select id from people) or editor_id not in (select id from people)
    or verdict_by not in (select id from people)
    or layer_id is not null and layer_id not in (select id from layers)
  limit 1;
  if missing is not null then
    raise exception 'core.annotation: % names nothing that is there', missing
      using errcode = 'foreign_key_violation', constraint = 'annotation_' || missing || '_fkey';
  end if;
  return null;
end $$;

create function core.delete_annotations_of_layer() returns trigger language plpgsql as $$
begin
  delete from core.annotation where layer_id = old.id;
  return null;
end $$;
create trigger annotation_cascade after delete on core.annotation_layer
  for each row execute function core.delete_annotations_of_layer();

drop trigger annotation_cascade on core.annotation_layer;
drop function core.delete_annotations_of_layer;

create or replace function core.check_annotation_references() returns trigger language plpgsql as $$
declare
  missing text;
begin
  with named as materialized (
    select distinct image_id, template_id, author_id, editor_id, verdict_by from changed
  ), images as materialized (
    select id from core.image where id in (select image_id from named) for key share
  ), templates as materialized (
    select id from core.template where id in (select template_id from named) for key share
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
  end into missing
  from named
  where image_id not in (select id from images) or template_id not in (select id from templates)
    or author_id not in (select id from people) or editor_id not in (select id from people)
    or verdict_by not in (select id from people)
  limit 1;
  if missing is not null then
    raise exception 'core.annotation: % names nothing that is there', missing
      using errcode = 'foreign_key_violation', constraint = 'annotation_' || missing || '_fkey';
  end if;
  return null;
end $$;

drop view core.annotation_history;
alter table core.annotation_import drop column layer_id, drop column author_id;
drop index core.annotation_of_layer;
alter table core.annotation_revision drop column layer_id;
alter table core.annotation drop column layer_id;
drop table core.annotation_layer;
create view core.annotation_history as
  select annotation_id, revision, change, user_id, at, template_id, deleted, locked, kind, verdict, geometry, description, meta
  from core.annotation_revision
  union all
  select id, 1, 1::smallint, author_id, created_at, template_id, false, false, kind, null::smallint, geometry, description, meta
  from core.annotation where revision = 1;

-- An annotation that nobody has changed is its own first revision. Its row goes into the log with the first change, so that
-- what is only ever made once (nearly everything that programs find) is stored once.
delete from core.annotation_revision r using core.annotation a where a.id = r.annotation_id and a.revision = 1;

-- All revisions of all annotations, the first ones of unchanged annotations among them.
create view core.annotation_history as
  select annotation_id, revision, change, user_id, at, template_id, deleted, locked, kind, verdict, geometry, description, meta
  from core.annotation_revision
  union all
  select id, 1, 1::smallint, author_id, created_at, template_id, false, false, kind, null::smallint, geometry, description, meta
  from core.annotation where revision = 1;

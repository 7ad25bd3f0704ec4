insert into core.annotation_revision
  (annotation_id, revision, change, user_id, at, template_id, deleted, locked, kind, verdict, geometry, description, meta)
select annotation_id, revision, change, user_id, at, template_id, deleted, locked, kind, verdict, geometry, description, meta
from core.annotation_history on conflict do nothing;
drop view core.annotation_history;

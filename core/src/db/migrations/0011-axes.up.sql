-- What the axes of an image mean where they are no lengths: {"x": {"unit": "s", "perPixel": 0.01, "origin": 0}, "y": {…}}.
alter table core.image add column axes jsonb;
-- Who measures micrometres must never find a scale on such an image.
alter table core.image add constraint image_axes_or_scale check (axes is null or (mpp_x is null and mpp_y is null));

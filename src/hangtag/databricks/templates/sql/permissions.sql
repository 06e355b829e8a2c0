-- What a run needs, for whoever runs the jobs. Put a principal in the place of `jobs-principal`, and
-- your own names where they are not these.
GRANT USE CATALOG ON CATALOG @@catalog@@ TO `jobs-principal`;
GRANT USE SCHEMA, CREATE TABLE, CREATE MODEL, SELECT, MODIFY ON SCHEMA @@catalog@@.@@schema@@ TO `jobs-principal`;
GRANT READ VOLUME ON VOLUME @@catalog@@.@@schema@@.@@volume@@ TO `jobs-principal`;
-- And of the workspace: may create job clusters, and CAN USE of the AI Search endpoint @@endpoint@@.
-- Who searches: SELECT on the index, a table of Unity Catalog in the same schema.
GRANT SELECT ON TABLE @@catalog@@.@@schema@@.@@prefix@@search_index TO `account users`;

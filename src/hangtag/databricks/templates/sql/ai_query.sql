-- For those who prefer a hosted model: the whole volume in one query, answers as JSON by our options.
-- Put a vision model's endpoint in the place of `databricks-claude-sonnet-4`; hangtag-smolvlm-prod is one.
CREATE OR REPLACE TABLE @@catalog@@.@@schema@@.@@prefix@@ai_query AS
SELECT
  regexp_extract(path, '([^/]+?)(?:\\.[^./]*)?$', 1) AS product_id,
  ai_query(
    'databricks-claude-sonnet-4',
    '@@prompt@@',
    files => content,
    responseFormat => '@@response_format@@',
    failOnError => false
  ) AS answer
FROM READ_FILES('@@files@@/images', format => 'binaryFile');

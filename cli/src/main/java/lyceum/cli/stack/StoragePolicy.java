package lyceum.cli.stack;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What Lyceum's own key may do: read, write and delete objects in its buckets, and nothing else.
 */
final class StoragePolicy {
  private StoragePolicy() {}

  static String json(List<String> buckets) {
    ObjectNode policy = new ObjectMapper().createObjectNode().put("Version", "2012-10-17");
    ArrayNode statements = policy.putArray("Statement");
    statement(
        statements,
        List.of("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"),
        buckets.stream().map(bucket -> "arn:aws:s3:::" + bucket).toList());
    statement(
        statements,
        List.of(
            "s3:GetObject",
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts"),
        buckets.stream().map(bucket -> "arn:aws:s3:::" + bucket + "/*").toList());
    return policy.toString();
  }

  private static void statement(
      ArrayNode statements, List<String> actions, List<String> resources) {
    ObjectNode statement = statements.addObject().put("Effect", "Allow");
    ArrayNode action = statement.putArray("Action");
    actions.forEach(action::add);
    ArrayNode resource = statement.putArray("Resource");
    resources.forEach(resource::add);
  }
}

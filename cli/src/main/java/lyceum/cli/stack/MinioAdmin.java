package lyceum.cli.stack;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import lyceum.core.LyceumException;
import lyceum.core.Sha256;

/**
 * The few calls of MinIO's administration that make a user who may touch two buckets and nothing
 * else. The client library for this API that resolves today was made for an older storage client
 * and cannot be loaded beside ours, hence these calls by hand.
 *
 * <p>Requests are signed with AWS Signature Version 4; the new user's secret travels encrypted with
 * the administrator's key, in the form that MinIO's own client uses where only FIPS algorithms are
 * allowed: salt (32 bytes), algorithm 2, nonce (8 bytes), then AES-256-GCM packages whose key is
 * PBKDF2-HMAC-SHA256 of the administrator's secret over 8192 rounds.
 */
public final class MinioAdmin {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final String SERVICE = "s3";
  private static final int PACKAGE_BYTES = 16 * 1024;
  private static final int PBKDF2_ROUNDS = 8192;
  private static final byte PBKDF2_AES_GCM = 2;

  private final URI endpoint;
  private final String accessKey;
  private final String secretKey;
  private final String region;
  private final SecureRandom random;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  public MinioAdmin(
      URI endpoint, String accessKey, String secretKey, String region, SecureRandom random) {
    this.endpoint = endpoint;
    this.accessKey = accessKey;
    this.secretKey = secretKey;
    this.region = region;
    this.random = random;
  }

  /** Makes the bucket; one that is there already is a no-op. */
  public void makeBucket(String bucket) {
    HttpResponse<String> answer = send("PUT", "/" + bucket, new TreeMap<>(), new byte[0]);
    boolean there = answer.statusCode() == 409 && answer.body().contains("BucketAlreadyOwnedByYou");
    if (answer.statusCode() != 200 && !there) {
      throw refused("make the bucket " + bucket, answer);
    }
  }

  /** Makes or replaces the policy. */
  public void putPolicy(String name, String json) {
    admin(
        "add-canned-policy",
        new TreeMap<>(Map.of("name", name)),
        json.getBytes(StandardCharsets.UTF_8),
        "write the policy " + name);
  }

  /** Makes the user, or gives an existing one this secret. */
  public void putUser(String user, String secret) {
    ObjectNode body =
        new ObjectMapper().createObjectNode().put("secretKey", secret).put("status", "enabled");
    admin(
        "add-user",
        new TreeMap<>(Map.of("accessKey", user)),
        encrypt(body.toString().getBytes(StandardCharsets.UTF_8)),
        "make the user " + user);
  }

  /** Gives the user this policy alone. */
  public void attachPolicy(String user, String policy) {
    SortedMap<String, String> query =
        new TreeMap<>(Map.of("policyName", policy, "userOrGroup", user, "isGroup", "false"));
    admin(
        "set-user-or-group-policy",
        query,
        new byte[0],
        "give the user " + user + " the policy " + policy);
  }

  private void admin(String call, SortedMap<String, String> query, byte[] body, String what) {
    HttpResponse<String> answer = send("PUT", "/minio/admin/v3/" + call, query, body);
    if (answer.statusCode() != 200) {
      throw refused(what, answer);
    }
  }

  private LyceumException refused(String what, HttpResponse<String> answer) {
    String message =
        "MinIO at "
            + endpoint
            + " refused to "
            + what
            + ": status "
            + answer.statusCode()
            + " "
            + answer.body().strip().replaceAll("\\s+", " ");
    return answer.statusCode() < 500
        ? LyceumException.user(message)
        : LyceumException.external(message);
  }

  private HttpResponse<String> send(
      String method, String path, SortedMap<String, String> query, byte[] body) {
    String time = TIME.format(Instant.now());
    String day = time.substring(0, 8);
    StringBuilder queryText = new StringBuilder();
    query.forEach(
        (name, value) ->
            queryText
                .append(queryText.isEmpty() ? "" : "&")
                .append(encode(name))
                .append('=')
                .append(encode(value)));
    String host = endpoint.getHost() + (endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort());
    String bodyDigest = Sha256.of(body);
    String headers = "host;x-amz-content-sha256;x-amz-date";
    String canonical =
        String.join(
            "\n",
            method,
            path,
            queryText,
            "host:" + host,
            "x-amz-content-sha256:" + bodyDigest,
            "x-amz-date:" + time,
            "",
            headers,
            bodyDigest);
    String scope = day + "/" + region + "/" + SERVICE + "/aws4_request";
    String toSign = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + Sha256.of(canonical);
    byte[] key = hmac(("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8), day);
    for (String part : new String[] {region, SERVICE, "aws4_request"}) {
      key = hmac(key, part);
    }
    String signature = HexFormat.of().formatHex(hmac(key, toSign));
    HttpRequest request =
        HttpRequest.newBuilder(
                endpoint.resolve(path + (queryText.isEmpty() ? "" : "?" + queryText)))
            .timeout(PATIENCE)
            .header("x-amz-date", time)
            .header("x-amz-content-sha256", bodyDigest)
            .header(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential="
                    + accessKey
                    + "/"
                    + scope
                    + ", SignedHeaders="
                    + headers
                    + ", Signature="
                    + signature)
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw LyceumException.external("MinIO at " + endpoint + " does not answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LyceumException.external("Interrupted while asking MinIO at " + endpoint + ".", e);
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("%7E", "~");
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw LyceumException.internal("This JDK has no HmacSHA256.", e);
    }
  }

  private byte[] encrypt(byte[] plain) {
    byte[] salt = new byte[32];
    byte[] nonce = new byte[8];
    random.nextBytes(salt);
    random.nextBytes(nonce);
    try {
      byte[] key =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
              .generateSecret(new PBEKeySpec(secretKey.toCharArray(), salt, PBKDF2_ROUNDS, 256))
              .getEncoded();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(salt);
      out.write(PBKDF2_AES_GCM);
      out.writeBytes(nonce);
      // Package 0 seals nothing; its tag is the associated data of the packages that follow, after
      // a byte that marks the last.
      byte[] tag = seal(key, nonce, 0, new byte[0], new byte[0]);
      byte[] associated = new byte[1 + tag.length];
      System.arraycopy(tag, 0, associated, 1, tag.length);
      int sequence = 1;
      for (int from = 0; from < plain.length || sequence == 1; from += PACKAGE_BYTES) {
        int length = Math.min(PACKAGE_BYTES, plain.length - from);
        associated[0] = (byte) (from + length == plain.length ? 0x80 : 0x00);
        byte[] part = java.util.Arrays.copyOfRange(plain, from, from + length);
        out.writeBytes(seal(key, nonce, sequence, associated, part));
        sequence++;
      }
      return out.toByteArray();
    } catch (GeneralSecurityException e) {
      throw LyceumException.internal("This JDK cannot encrypt for MinIO's administration.", e);
    }
  }

  private static byte[] seal(
      byte[] key, byte[] nonce, int sequence, byte[] associated, byte[] plain)
      throws GeneralSecurityException {
    byte[] full =
        ByteBuffer.allocate(12).put(nonce).order(ByteOrder.LITTLE_ENDIAN).putInt(sequence).array();
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, full));
    cipher.updateAAD(associated);
    return cipher.doFinal(plain);
  }
}

package lyceum.core.recipe;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import lyceum.core.LyceumException;
import lyceum.core.ModelArtifact;
import lyceum.core.Sha256;

/**
 * A model of the Llama family made elsewhere, pinned: the folder it lies in and the files of it
 * that are taken, each with its digest.
 *
 * @param name shown in progress and provenance
 * @param uri the folder: {@code file:///FOLDER}, {@code s3://BUCKET/PREFIX}, {@code
 *     https://HOST/FOLDER} or {@code hf:OWNER/REPO@REVISION}
 * @param licence SPDX identifier
 * @param files {@code config.json}, {@code tokenizer.json}, and {@code model.safetensors} or {@code
 *     model.safetensors.index.json} with every file that it names; {@code tokenizer_config.json}
 *     where there is one
 */
public record OpenModelSettings(String name, URI uri, String licence, List<PinnedFile> files) {
  private static final Set<String> SCHEMES = Set.of("file", "s3", "https", "hf");

  public OpenModelSettings {
    Check.name("pretraining.from.name", name);
    files = List.copyOf(files);
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!SCHEMES.contains(scheme)) {
      throw LyceumException.user(
          "pretraining.from.uri '"
              + uri
              + "' must begin with one of "
              + SCHEMES.stream().sorted().toList()
              + " and a colon.");
    }
    if (scheme.equals("hf") && uri.getSchemeSpecificPart().lastIndexOf('@') <= 0) {
      throw LyceumException.user(
          "pretraining.from.uri '"
              + uri
              + "' names no revision. Write it as hf:OWNER/REPO@REVISION.");
    }
    if (licence.isBlank()) {
      throw LyceumException.user(
          "pretraining.from.licence is empty. Give the SPDX identifier of the model's licence.");
    }
    Set<String> names = new HashSet<>();
    for (PinnedFile file : files) {
      if (!names.add(file.name())) {
        throw LyceumException.user("pretraining.from.files names " + file.name() + " twice.");
      }
    }
    for (String needed : List.of(ModelArtifact.CONFIG, ModelArtifact.TOKENIZER)) {
      if (!names.contains(needed)) {
        throw LyceumException.user(
            "pretraining.from.files lacks "
                + needed
                + "; it names "
                + names.stream().sorted().toList()
                + ".");
      }
    }
    if (!names.contains(ModelArtifact.WEIGHTS) && !names.contains(ModelArtifact.WEIGHTS_INDEX)) {
      throw LyceumException.user(
          "pretraining.from.files names neither "
              + ModelArtifact.WEIGHTS
              + " nor "
              + ModelArtifact.WEIGHTS_INDEX
              + "; it names "
              + names.stream().sorted().toList()
              + ".");
    }
  }

  /**
   * A file of the folder.
   *
   * @param name in the folder
   * @param sha256 of its bytes
   */
  public record PinnedFile(String name, String sha256) {
    public PinnedFile {
      if (!name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*")) {
        throw LyceumException.user(
            "pretraining.from.files names '" + name + "'; a plain file name is expected.");
      }
      if (!Sha256.isDigest(sha256)) {
        throw LyceumException.user(
            "pretraining.from.files: "
                + name
                + " needs its sha256 (64 hexadecimal digits), not '"
                + sha256
                + "'.");
      }
    }
  }

  /** Digest over all files: the identity of the model as it was made. */
  public String digest() {
    StringBuilder text = new StringBuilder();
    files.stream()
        .sorted(java.util.Comparator.comparing(PinnedFile::name))
        .forEach(file -> text.append(file.name()).append(' ').append(file.sha256()).append('\n'));
    return Sha256.of(text.toString());
  }

  /** A file as the catalogue of sources fetches and verifies it. */
  public SourceSettings source(PinnedFile file) {
    return new SourceSettings(
        name,
        address(file.name()),
        file.sha256(),
        "**",
        SourceSettings.Format.TEXT,
        "",
        licence,
        Integer.MAX_VALUE);
  }

  private URI address(String file) {
    String folder = uri.toString();
    int at = folder.lastIndexOf('@');
    if (folder.toLowerCase(Locale.ROOT).startsWith("hf:")) {
      return URI.create(folder.substring(0, at) + "/" + file + folder.substring(at));
    }
    return URI.create(folder.replaceAll("/+$", "") + "/" + file);
  }
}

package lyceum.console;

import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.staticcontent.ClasspathHandlerConfig;
import io.helidon.webserver.staticcontent.StaticContentFeature;

/**
 * The console's pages: static files that speak to the API only. A path without a dot in its last
 * part, such as {@code /runs/tiny-1}, is a place within the page and answered with it.
 */
public final class Pages {
  /**
   * No script and no style but the console's own files, so that text which came in as markup stays
   * text.
   */
  public static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

  private static final String LOCATION = "lyceum/console/web";

  private Pages() {}

  /** To be registered at the root, after everything that is not a page. */
  public static HttpService service() {
    return StaticContentFeature.createService(
        ClasspathHandlerConfig.builder().location(LOCATION).pathMapper(Pages::file).build());
  }

  private static String file(String path) {
    return path.substring(path.lastIndexOf('/') + 1).indexOf('.') < 0 ? "/index.html" : path;
  }
}

package lyceum.console.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lyceum.application.outcome.Outcome;
import lyceum.application.outcome.RequestFailure;
import lyceum.core.LyceumException;
import org.jspecify.annotations.Nullable;

/**
 * Signing in at an OpenID Connect provider: authorization code with PKCE, state and nonce; the ID
 * token's signature, issuer, audience, times and nonce are checked.
 */
public final class OidcLogin {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration BEGUN = Duration.ofMinutes(10);
  private static final int MOST_BEGUN = 1000;

  private final Settings settings;
  private final Users users;
  private final InstantSource clock;
  private final Map<String, Begun> begun =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Begun> eldest) {
          return size() > MOST_BEGUN;
        }
      };
  private @Nullable OIDCProviderMetadata provider;

  /**
   * @param name of the provider, for the button
   * @param redirect address of the console that the provider sends browsers back to
   * @param rolesClaim claim of the ID token that lists roles by their names
   */
  public record Settings(
      String name,
      URI issuer,
      String clientId,
      String clientSecret,
      URI redirect,
      String rolesClaim) {
    @Override
    public String toString() {
      return "Settings[issuer=" + issuer + ", clientId=" + clientId + ", clientSecret=***]";
    }
  }

  private record Begun(Nonce nonce, CodeVerifier verifier, long atMillis) {}

  /**
   * A login under way.
   *
   * @param state also kept in the browser, which must bring it back
   * @param address to send the browser to
   */
  public record Departure(String state, URI address) {}

  public OidcLogin(Settings settings, Users users, InstantSource clock) {
    this.settings = settings;
    this.users = users;
    this.clock = clock;
  }

  public String name() {
    return settings.name();
  }

  private synchronized OIDCProviderMetadata provider() {
    OIDCProviderMetadata known = provider;
    if (known == null) {
      try {
        known =
            OIDCProviderMetadata.resolve(
                new Issuer(settings.issuer()),
                (int) PATIENCE.toMillis(),
                (int) PATIENCE.toMillis());
      } catch (GeneralException | IOException e) {
        throw unreachable(e);
      }
      provider = known;
    }
    return known;
  }

  public Departure begin() {
    State state = new State();
    Nonce nonce = new Nonce();
    CodeVerifier verifier = new CodeVerifier();
    URI address =
        new AuthenticationRequest.Builder(
                ResponseType.CODE,
                new Scope("openid", "profile", "email"),
                new ClientID(settings.clientId()),
                settings.redirect())
            .endpointURI(provider().getAuthorizationEndpointURI())
            .state(state)
            .nonce(nonce)
            .codeChallenge(verifier, CodeChallengeMethod.S256)
            .build()
            .toURI();
    synchronized (begun) {
      begun.put(state.getValue(), new Begun(nonce, verifier, clock.millis()));
    }
    return new Departure(state.getValue(), address);
  }

  /**
   * The user who comes back.
   *
   * @param callback address with code and state
   * @param browserState what the browser kept
   * @throws RequestFailure ACCESS when the login does not hold
   */
  public Users.User finish(URI callback, String browserState) {
    try {
      AuthenticationResponse response = AuthenticationResponseParser.parse(callback);
      State state = response.getState();
      if (state == null || !Secrets.same(state.getValue(), browserState)) {
        throw refused("it was not begun in this browser");
      }
      Begun login;
      synchronized (begun) {
        login = begun.remove(state.getValue());
      }
      if (login == null || clock.millis() - login.atMillis() > BEGUN.toMillis()) {
        throw refused("it took too long, or was finished before");
      }
      if (!response.indicatesSuccess()) {
        ErrorObject error = response.toErrorResponse().getErrorObject();
        throw refused("the provider says " + error.getCode());
      }
      AuthorizationCode code = response.toSuccessResponse().getAuthorizationCode();
      return user(claims(code, login));
    } catch (GeneralException e) {
      throw refused(String.valueOf(e.getMessage()));
    }
  }

  private IDTokenClaimsSet claims(AuthorizationCode code, Begun login) throws GeneralException {
    OIDCProviderMetadata metadata = provider();
    ClientID client = new ClientID(settings.clientId());
    HTTPRequest request =
        new TokenRequest.Builder(
                metadata.getTokenEndpointURI(),
                new ClientSecretBasic(client, new Secret(settings.clientSecret())),
                new AuthorizationCodeGrant(code, settings.redirect(), login.verifier()))
            .build()
            .toHTTPRequest();
    request.setConnectTimeout((int) PATIENCE.toMillis());
    request.setReadTimeout((int) PATIENCE.toMillis());
    try {
      TokenResponse response = OIDCTokenResponseParser.parse(request.send());
      if (!response.indicatesSuccess()) {
        throw refused("the provider says " + response.toErrorResponse().getErrorObject().getCode());
      }
      return new IDTokenValidator(
              metadata.getIssuer(), client, JWSAlgorithm.RS256, metadata.getJWKSetURI().toURL())
          .validate(
              ((OIDCTokenResponse) response.toSuccessResponse()).getOIDCTokens().getIDToken(),
              login.nonce());
    } catch (IOException e) {
      throw unreachable(e);
    } catch (BadJOSEException | JOSEException e) {
      throw refused("its token does not hold: " + e.getMessage());
    }
  }

  private Users.User user(IDTokenClaimsSet claims) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    List<String> named = claims.getStringListClaim(settings.rolesClaim());
    if (named != null) {
      for (Role role : Role.values()) {
        if (named.contains(role.word())) {
          roles.add(role);
        }
      }
    }
    if (roles.isEmpty()) {
      throw refused(
          "the provider's claim "
              + settings.rolesClaim()
              + " gives no role; ask its administrator for one of viewer, rater, operator, approver, admin");
    }
    String preferred = claims.getStringClaim("preferred_username");
    String email = claims.getStringClaim("email");
    String name =
        preferred != null ? preferred : email != null ? email : claims.getSubject().getValue();
    return users.ofSubject(
        claims.getIssuer().getValue(), claims.getSubject().getValue(), name, roles);
  }

  private static RequestFailure refused(String why) {
    return new RequestFailure(Outcome.ACCESS, "The login does not hold: " + why + ".");
  }

  private LyceumException unreachable(Exception e) {
    return LyceumException.external(
        "The login provider " + settings.issuer() + " does not answer: " + e.getMessage(), e);
  }
}

package nudge.app

import java.net.Socket
import java.security.KeyStore
import java.security.MessageDigest
import java.security.cert.CertificateException
import java.security.cert.X509Certificate
import javax.net.ssl.SSLEngine
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509ExtendedTrustManager

/**
 * Trusts one authority, which the broker shows in its chain and the pairing text
 * names. All else is checked as ever: names, dates, signatures.
 * @property sha256 of its DER, 64 hexadecimal digits
 */
class ShownAuthority(private val sha256: String) : X509ExtendedTrustManager() {
  override fun checkServerTrusted(chain: Array<X509Certificate>, type: String, socket: Socket?) =
    managerFor(chain).checkServerTrusted(chain, type, socket)

  override fun checkServerTrusted(chain: Array<X509Certificate>, type: String, engine: SSLEngine?) =
    managerFor(chain).checkServerTrusted(chain, type, engine)

  /** Without a name to check there is no trust. */
  override fun checkServerTrusted(chain: Array<X509Certificate>, type: String) = refuse()

  override fun checkClientTrusted(chain: Array<X509Certificate>, type: String) = refuse()

  override fun checkClientTrusted(chain: Array<X509Certificate>, type: String, socket: Socket?) = refuse()

  override fun checkClientTrusted(chain: Array<X509Certificate>, type: String, engine: SSLEngine?) = refuse()

  override fun getAcceptedIssuers() = emptyArray<X509Certificate>()

  private fun refuse(): Nothing = throw CertificateException("nobody is trusted so")

  private fun managerFor(chain: Array<X509Certificate>): X509ExtendedTrustManager {
    val authority = chain.find { digest(it).equals(sha256, ignoreCase = true) }
      ?: throw CertificateException("the broker does not show the authority that the pairing text names")
    val store = KeyStore.getInstance(KeyStore.getDefaultType())
    store.load(null)
    store.setCertificateEntry("authority", authority)
    val factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm())
    factory.init(store)
    return factory.trustManagers.filterIsInstance<X509ExtendedTrustManager>().first()
  }

  private fun digest(certificate: X509Certificate): String =
    MessageDigest.getInstance("SHA-256").digest(certificate.encoded).joinToString("") { "%02x".format(it) }
}

package nudge

import java.security.GeneralSecurityException
import java.security.ProviderException
import java.util.Base64
import javax.crypto.Mac
import javax.crypto.SecretKey

/**
 * Signs a person's answers: who has it may let agents do things.
 *
 * Source: HMAC, RFC 2104, with SHA-256.
 * @property key of LEN bytes; also one that never leaves the phone's Keystore
 */
class ReplyKey(private val key: SecretKey) {
  /**
   * The code of [text], base64url.
   * @throws Unreadable the phone's Keystore does not work
   */
  fun code(text: String): String =
    try {
      val mac = Mac.getInstance(ALGORITHM).apply { init(key) }
      Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(text.toByteArray()))
    } catch (failure: GeneralSecurityException) {
      throw Unreadable("the Keystore does not sign", failure)
    } catch (failure: ProviderException) {
      throw Unreadable("the Keystore does not sign", failure)
    }

  companion object {
    const val LEN = 32
    const val ALGORITHM = "HmacSHA256"

    /** What the pairing text has; null: nothing of that kind. */
    fun bytesOf(text: String): ByteArray? {
      val bytes = try {
        Base64.getUrlDecoder().decode(text)
      } catch (_: IllegalArgumentException) {
        return null
      }
      // Nothing behind its end: neither padding nor bits.
      val again = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
      return bytes.takeIf { it.size == LEN && again == text }
    }
  }
}

package nudge

import javax.crypto.Cipher
import javax.crypto.KeyAgreement
import javax.crypto.Mac
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec
import org.json.JSONObject

/** RFC 8291 as a push server does it, for keys that are made while a test runs. */
object Sealed {
  /** @param to "p256dh" and "auth" of a registration */
  fun of(text: String, to: JSONObject): ByteArray {
    val theirs = Vectors.bytes(to.getString("p256dh"))
    val ours = DeviceKeys.generate()
    val secret = KeyAgreement.getInstance("ECDH").run {
      init(ours.privateKey)
      doPhase(Ece.publicKey(theirs), true)
      generateSecret()
    }
    val info = "WebPush: info\u0000".toByteArray() + theirs + ours.point
    val input = hmac(hmac(Vectors.bytes(to.getString("auth")), secret), info + 1)
    val salt = ByteArray(16) { it.toByte() }
    val root = hmac(salt, input)
    val cipher = Cipher.getInstance("AES/GCM/NoPadding").apply {
      val nonce = derive(root, "nonce", 12)
      init(Cipher.ENCRYPT_MODE, SecretKeySpec(derive(root, "aes128gcm", 16), "AES"), GCMParameterSpec(128, nonce))
    }
    val header = salt + byteArrayOf(0, 0, 0x10, 0, DeviceKeys.POINT_LEN.toByte()) + ours.point
    return header + cipher.doFinal(text.toByteArray() + 2)
  }

  private fun derive(root: ByteArray, name: String, len: Int) =
    hmac(root, "Content-Encoding: $name\u0000\u0001".toByteArray()).copyOf(len)

  private fun hmac(key: ByteArray, text: ByteArray): ByteArray =
    Mac.getInstance("HmacSHA256").run {
      init(SecretKeySpec(key, "HmacSHA256"))
      doFinal(text)
    }
}

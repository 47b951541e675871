package nudge

import java.math.BigInteger
import java.nio.ByteBuffer
import java.security.GeneralSecurityException
import java.security.KeyFactory
import java.security.interfaces.ECPublicKey
import java.security.spec.ECFieldFp
import java.security.spec.ECPoint
import java.security.spec.ECPublicKeySpec
import javax.crypto.Cipher
import javax.crypto.KeyAgreement
import javax.crypto.Mac
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec

/** What came is not for this device, was damaged, or is none of ours. */
class Unreadable(why: String, cause: Throwable? = null) : Exception(why, cause)

/**
 * Opens what the bridge sealed to this device.
 *
 * Source: RFC 8291 (keys), RFC 8188 (aes128gcm). One record, as RFC 8291 4 asks.
 */
object Ece {
  const val BODY_MAX = 4096 // bytes; no push service carries more

  private const val SALT_LEN = 16
  private const val HEADER_LEN = SALT_LEN + 4 + 1 + DeviceKeys.POINT_LEN
  private const val TAG_LEN = 16
  private const val LAST_RECORD: Byte = 2 // the delimiter before the padding

  /**
   * The text of [body].
   * @throws Unreadable whatever is wrong with it; nothing else is thrown.
   */
  fun open(body: ByteArray, keys: DeviceKeys): ByteArray {
    if (body.size <= HEADER_LEN + TAG_LEN || body.size > BODY_MAX) throw Unreadable("its length")
    val header = ByteBuffer.wrap(body, 0, HEADER_LEN)
    val salt = ByteArray(SALT_LEN).also(header::get)
    val recordLen = header.getInt().toLong() and 0xffffffffL
    if (header.get().toInt() != DeviceKeys.POINT_LEN) throw Unreadable("its header")
    val theirs = ByteArray(DeviceKeys.POINT_LEN).also(header::get)
    if (body.size - HEADER_LEN > recordLen) throw Unreadable("more than one record")
    try {
      val clear = unseal(body, salt, inputKey(keys, theirs))
      return clear.copyOf(textLen(clear))
    } catch (failure: GeneralSecurityException) {
      throw Unreadable("sealed to other keys, or damaged", failure)
    }
  }

  /** RFC 8291 3.4: what both sides know. */
  private fun inputKey(keys: DeviceKeys, theirs: ByteArray): ByteArray {
    val agreement = KeyAgreement.getInstance("ECDH")
    agreement.init(keys.privateKey)
    agreement.doPhase(publicKey(theirs), true)
    val info = "WebPush: info\u0000".toByteArray() + keys.point + theirs
    return hmac(hmac(keys.auth, agreement.generateSecret()), info + 1)
  }

  /** RFC 8188 2.2, 2.3, for the first record. */
  private fun unseal(body: ByteArray, salt: ByteArray, input: ByteArray): ByteArray {
    val root = hmac(salt, input)
    val key = hmac(root, "Content-Encoding: aes128gcm\u0000\u0001".toByteArray()).copyOf(16)
    val nonce = hmac(root, "Content-Encoding: nonce\u0000\u0001".toByteArray()).copyOf(12)
    val cipher = Cipher.getInstance("AES/GCM/NoPadding")
    cipher.init(
      Cipher.DECRYPT_MODE,
      SecretKeySpec(key, "AES"),
      GCMParameterSpec(8 * TAG_LEN, nonce),
    )
    return cipher.doFinal(body, HEADER_LEN, body.size - HEADER_LEN)
  }

  private fun textLen(clear: ByteArray): Int {
    val end = clear.indexOfLast { it != 0.toByte() }
    if (end < 0 || clear[end] != LAST_RECORD) throw Unreadable("its padding")
    return end
  }

  private fun hmac(key: ByteArray, text: ByteArray): ByteArray =
    Mac.getInstance("HmacSHA256").run {
      init(SecretKeySpec(key, "HmacSHA256"))
      doFinal(text)
    }

  /** A point that is not on the curve would tell its sender about our key. */
  internal fun publicKey(point: ByteArray): ECPublicKey {
    if (point[0].toInt() != 4) throw Unreadable("its key's form")
    val half = (point.size - 1) / 2
    val x = BigInteger(1, point.copyOfRange(1, 1 + half))
    val y = BigInteger(1, point.copyOfRange(1 + half, point.size))
    val curve = DeviceKeys.curve.curve
    val p = (curve.field as ECFieldFp).p
    val isOnCurve = x < p && y < p &&
      y.pow(2).mod(p) == (x.pow(3) + curve.a * x + curve.b).mod(p)
    if (!isOnCurve) throw Unreadable("its key is not on the curve")
    val spec = ECPublicKeySpec(ECPoint(x, y), DeviceKeys.curve)
    return KeyFactory.getInstance("EC").generatePublic(spec) as ECPublicKey
  }
}

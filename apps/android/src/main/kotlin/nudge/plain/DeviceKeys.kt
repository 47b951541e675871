package nudge

import java.math.BigInteger
import java.security.AlgorithmParameters
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.interfaces.ECPrivateKey
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPrivateKeySpec
import java.util.Base64

/**
 * What the bridge seals to: a P-256 key pair and a secret, RFC 8291 2.1. The same
 * for FCM and UnifiedPush.
 */
class DeviceKeys private constructor(private val bytes: ByteArray) {
  /** The public key, uncompressed: POINT_LEN bytes. */
  val point: ByteArray get() = bytes.copyOfRange(SCALAR_LEN, SCALAR_LEN + POINT_LEN)

  /** AUTH_LEN bytes. */
  val auth: ByteArray get() = bytes.copyOfRange(SCALAR_LEN + POINT_LEN, bytes.size)

  /** "p256dh" and "auth" of a registration. */
  val p256dh: String get() = base64url(point)
  val authText: String get() = base64url(auth)

  internal val privateKey: ECPrivateKey by lazy {
    val scalar = BigInteger(1, bytes.copyOf(SCALAR_LEN))
    KeyFactory.getInstance("EC").generatePrivate(ECPrivateKeySpec(scalar, curve)) as ECPrivateKey
  }

  /** What a vault keeps: LEN bytes, secret. */
  fun toBytes(): ByteArray = bytes.copyOf()

  companion object {
    const val POINT_LEN = 65
    const val AUTH_LEN = 16
    private const val SCALAR_LEN = 32
    const val LEN = SCALAR_LEN + POINT_LEN + AUTH_LEN

    internal val curve: ECParameterSpec by lazy {
      AlgorithmParameters.getInstance("EC").run {
        init(ECGenParameterSpec("secp256r1"))
        getParameterSpec(ECParameterSpec::class.java)
      }
    }

    /** What toBytes() gave, or null if it is of another length. */
    fun of(bytes: ByteArray): DeviceKeys? =
      bytes.takeIf { it.size == LEN }?.let { DeviceKeys(it.copyOf()) }

    fun generate(random: SecureRandom = SecureRandom()): DeviceKeys {
      val pair = KeyPairGenerator.getInstance("EC").run {
        initialize(ECGenParameterSpec("secp256r1"), random)
        generateKeyPair()
      }
      val at = (pair.public as ECPublicKey).w
      val auth = ByteArray(AUTH_LEN).also(random::nextBytes)
      val scalar = fixed((pair.private as ECPrivateKey).s)
      return DeviceKeys(scalar + 4 + fixed(at.affineX) + fixed(at.affineY) + auth)
    }

    /** A number in SCALAR_LEN bytes; a BigInteger has more or fewer. */
    private fun fixed(number: BigInteger): ByteArray {
      val bytes = number.toByteArray().takeLast(SCALAR_LEN).toByteArray()
      return ByteArray(SCALAR_LEN - bytes.size) + bytes
    }

    private fun base64url(bytes: ByteArray): String =
      Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
  }
}

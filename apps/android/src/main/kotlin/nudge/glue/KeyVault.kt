package nudge

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.util.Base64
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.ProviderException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * Keeps this device's keys, sealed with one that never leaves the phone's Keystore
 * (which cannot do ECDH itself before Android 12).
 */
class KeyVault(context: Context, private val wrapping: () -> SecretKey = ::keystoreKey) {
  private val kept = context.getSharedPreferences("nudge_keys", Context.MODE_PRIVATE)

  /**
   * The keys. New ones if there are none, or if they cannot be read, as on a phone
   * that was restored from another's backup: then a new registration must follow.
   * @throws Unreadable the phone's Keystore does not work
   */
  fun keys(): DeviceKeys =
    synchronized(lock) {
      try {
        read() ?: DeviceKeys.generate().also(::write)
      } catch (failure: GeneralSecurityException) {
        throw Unreadable("the Keystore does not work", failure)
      } catch (failure: ProviderException) {
        throw Unreadable("the Keystore does not work", failure)
      }
    }

  private fun read(): DeviceKeys? {
    val sealed = kept.getString(NAME, null) ?: return null
    return try {
      val bytes = Base64.decode(sealed, Base64.NO_WRAP)
      val cipher = Cipher.getInstance(CIPHER)
      val iv = GCMParameterSpec(128, bytes, 0, IV_LEN)
      cipher.init(Cipher.DECRYPT_MODE, wrapping(), iv)
      DeviceKeys.of(cipher.doFinal(bytes, IV_LEN, bytes.size - IV_LEN))
    } catch (_: GeneralSecurityException) {
      null
    } catch (_: IllegalArgumentException) {
      null
    }
  }

  private fun write(keys: DeviceKeys) {
    val cipher = Cipher.getInstance(CIPHER)
    cipher.init(Cipher.ENCRYPT_MODE, wrapping())
    val sealed = cipher.iv + cipher.doFinal(keys.toBytes())
    kept.edit().putString(NAME, Base64.encodeToString(sealed, Base64.NO_WRAP)).commit()
  }

  private companion object {
    const val NAME = "keys"
    const val CIPHER = "AES/GCM/NoPadding"
    const val IV_LEN = 12
    const val STORE = "AndroidKeyStore"
    const val ALIAS = "nudge"
    val lock = Any()

    /** Usable while the phone is locked: notifications come then. */
    fun keystoreKey(): SecretKey {
      val store = KeyStore.getInstance(STORE).apply { load(null) }
      (store.getKey(ALIAS, null) as SecretKey?)?.let { return it }
      val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
      val spec = KeyGenParameterSpec.Builder(ALIAS, purposes)
        .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
        .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
        .setKeySize(256)
        .build()
      return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE).run {
        init(spec)
        generateKey()
      }
    }
  }
}

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

/** Keeps secrets, sealed with a key that never leaves the phone's Keystore. */
class Vault(context: Context, private val wrapping: () -> SecretKey = ::keystoreKey) {
  private val kept = context.getSharedPreferences("nudge_keys", Context.MODE_PRIVATE)

  /**
   * null: nothing is there, or it cannot be read, as on a phone that was restored
   * from another's backup.
   * @throws Unreadable the phone's Keystore does not work
   */
  fun get(name: String): ByteArray? = whileItWorks {
    val key = wrapping()
    kept.getString(name, null)?.let { open(it, key) }
  }

  /**
   * @param secret null: nothing any more
   * @throws Unreadable the phone's Keystore does not work
   */
  fun put(name: String, secret: ByteArray?) {
    val text = secret?.let { whileItWorks { seal(it) } }
    kept.edit().putString(name, text).commit()
  }

  private fun open(sealed: String, key: SecretKey): ByteArray? =
    try {
      val bytes = Base64.decode(sealed, Base64.NO_WRAP)
      val cipher = Cipher.getInstance(CIPHER)
      cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(128, bytes, 0, IV_LEN))
      cipher.doFinal(bytes, IV_LEN, bytes.size - IV_LEN)
    } catch (_: GeneralSecurityException) {
      null
    } catch (_: IllegalArgumentException) {
      null
    }

  private fun seal(secret: ByteArray): String {
    val cipher = Cipher.getInstance(CIPHER)
    cipher.init(Cipher.ENCRYPT_MODE, wrapping())
    return Base64.encodeToString(cipher.iv + cipher.doFinal(secret), Base64.NO_WRAP)
  }

  private fun <T> whileItWorks(what: () -> T): T =
    try {
      what()
    } catch (failure: GeneralSecurityException) {
      throw Unreadable("the Keystore does not work", failure)
    } catch (failure: ProviderException) {
      throw Unreadable("the Keystore does not work", failure)
    }

  private companion object {
    const val CIPHER = "AES/GCM/NoPadding"
    const val IV_LEN = 12
    const val STORE = "AndroidKeyStore"
    const val ALIAS = "nudge"

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

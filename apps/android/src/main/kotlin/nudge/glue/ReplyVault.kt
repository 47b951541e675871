package nudge

import android.security.keystore.KeyProperties
import android.security.keystore.KeyProtection
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.ProviderException
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec

/** Keeps what signs answers in the phone's Keystore, which signs itself and gives it to nobody. */
object ReplyVault {
  private const val STORE = "AndroidKeyStore"
  private const val ALIAS = "nudge-reply"

  /**
   * In place of what was there; null: nothing any more.
   * @throws Unreadable the phone's Keystore does not work
   */
  fun keep(key: ByteArray?) = withStore { store ->
    store.deleteEntry(ALIAS)
    if (key != null) {
      val entry = KeyStore.SecretKeyEntry(SecretKeySpec(key, ReplyKey.ALGORITHM))
      store.setEntry(ALIAS, entry, KeyProtection.Builder(KeyProperties.PURPOSE_SIGN).build())
    }
  }

  /**
   * null: no pairing text had one.
   * @throws Unreadable the phone's Keystore does not work
   */
  fun key(): ReplyKey? = withStore { (it.getKey(ALIAS, null) as SecretKey?)?.let(::ReplyKey) }

  private fun <T> withStore(what: (KeyStore) -> T): T =
    try {
      what(KeyStore.getInstance(STORE).apply { load(null) })
    } catch (failure: GeneralSecurityException) {
      throw Unreadable("the Keystore does not work", failure)
    } catch (failure: ProviderException) {
      throw Unreadable("the Keystore does not work", failure)
    }
}

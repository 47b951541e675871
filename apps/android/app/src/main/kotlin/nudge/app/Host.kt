package nudge.app

import android.content.Context
import android.content.Intent
import android.os.Build
import android.util.Log
import java.security.SecureRandom
import nudge.Account
import nudge.Nudge
import nudge.NudgeHost
import nudge.Pairing
import nudge.Publication
import nudge.Route
import nudge.Unreadable
import nudge.Vault

/** Who this phone is, and where its broker is. */
class Host(private val context: Context) : NudgeHost {
  private val vault = Vault(context)
  private val names = context.getSharedPreferences("nudge_app", Context.MODE_PRIVATE)

  /** null: nobody's yet. */
  @Volatile
  var pairing: Pairing? = read()
    private set

  @Volatile
  private var broker: Broker? = brokerOf(pairing)

  override val account: Account? get() = pairing?.account(device())
  override val deviceName: String = Build.MODEL ?: "Android"

  /** It shows nudge's own page, no server's. */
  override val servers = emptyMap<String, String>()
  override val icon = android.R.drawable.stat_notify_chat

  override fun open(context: Context, route: Route?): Intent =
    Intent(context, MainActivity::class.java).addFlags(Intent.FLAG_ACTIVITY_SINGLE_TOP)

  override fun publish(publication: Publication): Boolean = broker?.publish(publication) ?: false

  /** For UnifiedPush's subscription; blocks. null: the bridge has no key, or is not to be had. */
  fun vapidKey(): String? = broker?.vapidKey()

  /**
   * On [Nudge.worker], after what the old account had to say.
   * @param given null: nobody's any more
   * @throws Unreadable the phone's Keystore does not work
   */
  fun take(given: Pairing?) {
    vault.put(PAIRING, given?.textToKeep()?.toByteArray())
    broker?.close()
    pairing = given
    broker = brokerOf(given)
  }

  private fun brokerOf(pairing: Pairing?): Broker? =
    pairing?.let { Broker(it, checkNotNull(account)) }

  private fun read(): Pairing? =
    try {
      vault.get(PAIRING)?.let { Pairing.of(String(it)) }
    } catch (failure: Unreadable) {
      Log.e("nudge", "not paired: ${failure.message}")
      null
    }

  /** The last level of the registration's topic: made once. */
  private fun device(): String =
    names.getString(DEVICE, null) ?: newName().also { names.edit().putString(DEVICE, it).commit() }

  private fun newName(): String {
    val random = SecureRandom()
    return "android-" + List(8) { LETTERS[random.nextInt(LETTERS.length)] }.joinToString("")
  }

  private companion object {
    const val PAIRING = "pairing"
    const val DEVICE = "device"
    const val LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
  }
}
